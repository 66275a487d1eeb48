/** One file of a program: it does what the program does, says where in the source something went wrong, and leaves nothing behind. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { bundleOf } from '../../src/cli/bundle.ts'

const folder = mkdtempSync(join(tmpdir(), 'bundle-test-'))

afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

function written(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

test('it does what the program and its imports do, and names their own lines when it fails', async () => {
  written('other.ts', '\n\nexport function fail(): never {\n  throw new Error(`of no use`)\n}\n')
  const program = written('program.ts', "import { fail } from './other.ts'\nconsole.log('begins' as string)\nfail()\n")
  const bundle = await bundleOf(program)
  const env = { ...process.env, NODE_OPTIONS: '' }
  const run = spawnSync(process.execPath, ['--enable-source-maps', bundle.path], { encoding: 'utf8', env })
  expect(run).toMatchObject({ status: 1, stdout: 'begins\n' })
  expect(run.stderr).toMatch(/Error: of no use\n {4}at fail \(.*other\.ts:4:9\)\n/)
  bundle.remove()
  expect(existsSync(dirname(bundle.path))).toBe(false)
})

test('a program that cannot be built is told of, and leaves nothing behind', async () => {
  const program = written('wrong.ts', "import './not-there.ts'\n")
  vi.stubEnv('TMPDIR', folder)
  await expect(bundleOf(program)).rejects.toThrow('not-there.ts')
  expect(readdirSync(folder).filter(name => name.startsWith('peerbook-'))).toEqual([])
})
