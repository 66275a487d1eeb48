/** Runs a program to its end and gives what it printed. */
import { spawn } from 'node:child_process'
import type { Program } from './with-mutant.ts'

/** Rejects when the program ends with another exit code than 0, with what it printed on its standard error. */
export function outputOf({ command, arguments: words, environment }: Program): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
    const [output, errors]: [string[], string[]] = [[], []]
    child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text))
    child.on('error', reject)
    child.on('close', code => {
      if (code === 0) resolve(output.join(''))
      else reject(new Error(`${words.join(' ')} ended with ${code}: ${errors.join('')}`))
    })
  })
}
