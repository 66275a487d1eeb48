/**
 * How a program is run with a mutant in place of the product: `tsx test/mutants/with-mutant.ts NAME FILE ARGUMENTS...` runs any
 * TypeScript program of this tree so, and ends with its exit code.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { mutants } from './catalogue.ts'
import { endingSignals } from '../../src/cli/ending-signals.ts'
import type { Mutant } from './mutant.ts'

export interface Program {
  readonly command: string
  readonly arguments: readonly string[]
  readonly environment: NodeJS.ProcessEnv
}

const loader = pathToFileURL(join(import.meta.dirname, 'loader.js')).href

/** Null: the product as it is. Processes and workers that the program starts are under the same mutant. */
export function programWith(mutant: Mutant | null, file: string, words: readonly string[]): Program {
  const environment = { ...process.env, PEERBOOK_MUTANT: mutant ? JSON.stringify(mutant) : undefined }
  return {
    command: process.execPath,
    // The loader comes first, so that tsx is handed the patched text.
    arguments: ['--import', loader, '--import', 'tsx', file, ...words],
    environment,
  }
}

if (process.argv[1] === import.meta.filename) {
  const [name = '', file = '', ...words] = process.argv.slice(2)
  const mutant = mutants.find(one => one.name === name)
  if (!mutant) {
    process.stderr.write(
      `There is no mutant ${JSON.stringify(name)}: npm run simulate -- --list-mutants names them all.\n`,
    )
    process.exit(2)
  }
  const program = programWith(mutant, file, words)
  const child = spawn(program.command, program.arguments, { env: program.environment, stdio: 'inherit' })
  child.on('exit', code => process.exit(code ?? 1))
  for (const signal of endingSignals) process.on(signal, () => child.kill(signal))
}
