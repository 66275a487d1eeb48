/**
 * The tests under a seeded bug: with a mutant of test/mutants as JSON in PEERBOOK_MUTANT, its edits are made in the product's text when
 * vitest loads it. Without, nothing is touched.
 */
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Plugin } from 'vite'
import { filesOf, mutated } from '../mutants/apply.ts'
import type { Mutant } from '../mutants/mutant.ts'

const root = join(import.meta.dirname, '../..')

export function mutantPlugins(): Plugin[] {
  const text = process.env['PEERBOOK_MUTANT']
  if (text === undefined) return []
  const mutant = JSON.parse(text) as Mutant
  const files = filesOf(mutant)
  return [
    {
      name: 'mutant',
      enforce: 'pre',
      load(id) {
        const [path = ''] = id.split('?')
        const file = relative(root, path)
        return files.includes(file) ? mutated(readFileSync(path, 'utf8'), file, mutant) : null
      },
    },
  ]
}
