import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { applyEdit, filesOf, mutated } from './apply.ts'
import { mutants } from './catalogue.ts'

const root = join(import.meta.dirname, '../..')
const sourceOf = (file: string) => readFileSync(join(root, file), 'utf8')

describe('a mutant', () => {
  test.each(mutants.map(mutant => [mutant.name, mutant] as const))('applies to the source: %s', (_, mutant) => {
    for (const file of filesOf(mutant)) {
      const text = mutated(sourceOf(file), file, mutant)
      expect(text).not.toBe(sourceOf(file))
      const { diagnostics } = ts.transpileModule(text, { reportDiagnostics: true, fileName: file })
      expect(diagnostics?.map(({ messageText }) => messageText)).toEqual([])
    }
  })

  test('has a name of its own, a sentence, and an invariant that should notice', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
    expect(mutants.filter(({ name }) => !/^[a-z]+(-[a-z]+)*$/.test(name))).toEqual([])
    expect(mutants.filter(({ sentence }) => !/^[A-Z].*[.)]$/.test(sentence))).toEqual([])
    expect(mutants.filter(({ invariants }) => !invariants.some(number => number >= 1 && number <= 16))).toEqual([])
  })

  test('is refused when the product has moved on', () => {
    const edit = { file: 'a.ts', find: 'one', replacement: 'two' }
    expect(applyEdit('one $& three', edit)).toBe('two $& three')
    expect(() => applyEdit('none', { ...edit, find: 'four' })).toThrow('occurs 0 times')
    expect(() => applyEdit('one one', edit)).toThrow('occurs 2 times')
  })
})
