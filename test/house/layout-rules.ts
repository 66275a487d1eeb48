/** What stands where: gives the entries of a tree's top level that do not belong there, and rooms and files without a name. */
import { readdirSync } from 'node:fs'
import { filesBelow } from './source-tree.ts'
import type { Violation } from './source-tree.ts'

const topLevel = new Set([
  ...['machines', 'src', 'test', 'package.json', 'tsconfig.json', 'package-lock.json', 'README.md', 'LICENSE'],
  'node_modules',
])

/** Names that say nothing about what is inside; what has no home has no name yet. */
const namelessNames = /^(utils?|common|helpers?|types?|services?)$/

export function layoutViolations(root: string): Violation[] {
  const folders = ['machines', 'src', 'test']
  return [...strangers(root), ...folders.flatMap(folder => filesBelow(root, folder)).flatMap(nameless)]
}

function strangers(root: string): Violation[] {
  return readdirSync(root)
    .filter(name => !name.startsWith('.') && !topLevel.has(name))
    .map(name => ({
      file: name,
      line: 1,
      sentence: 'the top level holds only the rooms, the manifests, README and LICENSE',
    }))
}

function nameless(path: string): Violation[] {
  const name = path.split('/').find(part => namelessNames.test(part.split('.')[0] ?? ''))
  return name === undefined ? [] : [{ file: path, line: 1, sentence: `${name} says nothing about what is inside` }]
}
