/** `npm run diagrams` as a user runs it: a process, the files that it writes, and its mistakes in sentences. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'diagrams-'))

afterAll(() => rmSync(folder, { recursive: true }))

async function run(...args: readonly string[]): Promise<{ code: number; output: string; errors: string }> {
  const words = ['--import', 'tsx', join(root, 'src/cli/diagrams.ts'), ...args]
  const child = spawn(process.execPath, words, { cwd: root, env: { ...process.env, NODE_OPTIONS: '' } })
  let [output, errors] = ['', '']
  child.stdout.on('data', (text: Buffer) => (output += text.toString()))
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()))
  const [code] = (await once(child, 'close')) as [number]
  return { code, output, errors: errors.trim() }
}

test('it writes three files of each machine where it is told to, the same as those of the house, and names them', async () => {
  const out = join(folder, 'some', 'where')
  const { code, output } = await run('--out', out, '--json')
  const { files } = JSON.parse(output) as { readonly files: readonly string[] }
  expect(code).toBe(0)
  expect(files.map(path => path.slice(out.length + 1)).sort()).toEqual(readdirSync(out).sort())
  expect(files).toHaveLength(15)
  const own = join(root, 'machines/diagrams')
  for (const name of readdirSync(out))
    expect(readFileSync(join(out, name), 'utf8'), name).toBe(readFileSync(join(own, name), 'utf8'))
})

test('what it does not know, and a folder that is a file, are told in a sentence', async () => {
  const file = join(folder, 'taken')
  writeFileSync(file, '')
  expect(await run('--svg')).toMatchObject({ code: 2, errors: "unknown option '--svg'; see --help" })
  expect(await run('here')).toMatchObject({ code: 2, errors: expect.stringContaining('too many arguments') as string })
  expect(await run('--out', file)).toMatchObject({ code: 2, errors: `${file} is a file; --out must name a folder.` })
  expect(await run('--out', join(file, 'below'))).toMatchObject({
    code: 1,
    errors: expect.stringContaining('cannot be made') as string,
  })
})
