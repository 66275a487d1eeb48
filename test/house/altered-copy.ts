/**
 * A temporary copy of the tree's sources with some files written anew, so that a rule can be seen to fail without a
 * hook in the product. Installed packages are linked, never copied.
 */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

export const treeRoot = join(import.meta.dirname, '../..')

/** Gives the copy's root; it is removed when the running test ends. */
export function alteredCopy(files: Readonly<Record<string, string>>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'peerbook-house-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const name of ['machines', 'src', 'package.json'])
    cpSync(join(treeRoot, name), join(root, name), { recursive: true })
  symlinkSync(join(treeRoot, 'node_modules'), join(root, 'node_modules'), 'dir')
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}
