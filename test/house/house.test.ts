/** The house as it stands keeps its own rules. That each rule can fail is shown in violations.test.ts. */
import { expect, test } from 'vitest'
import { treeRoot } from './altered-copy.ts'
import { determinismViolations } from './determinism-rules.ts'
import { importViolations } from './import-rules.ts'
import { layoutViolations } from './layout-rules.ts'
import { machineFiles, machineViolations } from './machine-rules.ts'
import type { Violation } from './source-tree.ts'

test('imports go down only, and only net imports Grenache', () => {
  expect(sentences(importViolations(treeRoot))).toEqual([])
})

test('book, feed, machines, peer and sim take time and chance as arguments', () => {
  expect(sentences(determinismViolations(treeRoot))).toEqual([])
})

test('the top level holds only what the design names, and everything has a name that says something', () => {
  expect(sentences(layoutViolations(treeRoot))).toEqual([])
})

test('every machine stands alone, named, described and drawable', async () => {
  expect(machineFiles(treeRoot)).not.toEqual([])
  expect(sentences(await machineViolations(treeRoot))).toEqual([])
})

function sentences(violations: readonly Violation[]): string[] {
  return violations.map(({ file, line, sentence }) => `${file}:${line} ${sentence}`)
}
