/**
 * `npm run diagrams`: writes every machine as JSON, as a mermaid diagram and as a picture, and what machines/README.md says of them. Exit
 * code 0, 1 when a file cannot be written, 2 when it was called in a wrong way.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { diagramFiles, readmeWith, type DiagramFile } from '../inspect/diagrams/diagrams.ts'
import { readArguments, runCommand, UsageError } from './usage.ts'

interface Options {
  /** Null: into machines/, with its README. */
  readonly out: string | null
  readonly json: boolean
}

const home = join(import.meta.dirname, '../../machines')

await runCommand(async () => {
  const { out, json } = readOptions()
  const folder = out ?? join(home, 'diagrams')
  await makeFolder(folder)
  const files = await diagramFiles()
  const written = await write(folder, files)
  const all = out === null ? [...written, await writeReadme()] : written
  process.stdout.write(json ? `${JSON.stringify({ files: all })}\n` : all.map(path => `${path}\n`).join(''))
})

function readOptions(): Options {
  const command = new Command('npm run diagrams --')
    .description('Writes every machine as JSON (for Stately), as a mermaid diagram and as SVG.')
    .option('--out <folder>', 'where to (default: machines/diagrams, and the tables into machines/README.md)')
    .option('--json', 'print the list of files as JSON', false)
    .allowExcessArguments(false)
  readArguments(command)
  const { out, json } = command.opts<{ readonly out?: string; readonly json: boolean }>()
  return { out: out ?? null, json }
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    if (codeOf(error) === 'EEXIST') throw new UsageError(`${folder} is a file; --out must name a folder.`)
    throw new Error(`The folder ${folder} cannot be made: ${sentenceOf(error)}`)
  })
}

async function write(folder: string, files: readonly DiagramFile[]): Promise<string[]> {
  const paths: string[] = []
  for (const { name, text } of files) paths.push(await writeOne(join(folder, name), text))
  return paths
}

async function writeReadme(): Promise<string> {
  const path = join(home, 'README.md')
  return writeOne(path, readmeWith(await readFile(path, 'utf8')))
}

async function writeOne(path: string, text: string): Promise<string> {
  await writeFile(path, text).catch((error: unknown) => {
    throw new Error(`${path} cannot be written: ${sentenceOf(error)}`)
  })
  return path
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
