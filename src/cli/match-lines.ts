/** Lines of a stream, a chunk at a time: whoever reads them slowly is sent no more. A line that is too long is an error. */
import type { Readable } from 'node:stream'
import { limits } from '../limits.ts'

/** Lists of lines in order, without their ends; the last line may have none. */
export async function* linesIn(stream: Readable): AsyncIterable<string[]> {
  stream.setEncoding('utf8')
  let rest = ''
  let count = 0
  for await (const chunk of stream as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const [index, line] of [...lines, rest].entries()) checkLength(line, count + index + 1)
    count += lines.length
    if (lines.length > 0) yield lines
  }
  if (rest !== '') yield [rest]
}

function checkLength(line: string, number: number): void {
  if (line.length <= limits.matchLineCharactersMax) return
  throw new Error(`line ${number}: it has more than ${limits.matchLineCharactersMax} characters.`)
}
