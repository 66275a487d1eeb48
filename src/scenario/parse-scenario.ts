/**
 * Reads the text of a scenario into steps, or refuses it with a sentence that begins with `FILE:LINE`. Pure: it reads no file and
 * plays nothing. The notation is described in README.md.
 */
import { isRefusal, quoted, refuse, type Refusal } from '../book/refusal.ts'
import { nothingKnown, type Known } from './known.ts'
import { parseCommand } from './parse-command.ts'
import type { Command, Scenario, Step } from './scenario.ts'
import type { TransportName } from './stage.ts'

/** A part of the text that is not yet complete. */
interface Draft {
  comments: string[]
  commands: Command[]
}

const directivePattern = /^#\s*(transports|seeds):(.*)$/
const seedMax = 2 ** 31 - 1
const transportNames: readonly TransportName[] = ['simulated', 'grenache']
const answerMark = '----'
const alternativeMark = '---- or'

export function parseScenario(text: string, file: string): Scenario | Refusal {
  const lines = text.split(/\r?\n/).map(line => line.trimEnd())
  const head = headOf(lines)
  const transports = parseTransports(head, file)
  if (isRefusal(transports)) return transports
  const seeds = parseSeeds(head, file)
  if (isRefusal(seeds)) return seeds
  const steps = parseSteps(lines, file)
  if (isRefusal(steps)) return steps
  const simulated = steps.flatMap(({ commands }) => commands).find(isOnlySimulated)
  if (simulated && transports.includes('grenache')) return at(file, simulated.line, notOnGrenache(simulated))
  return { file, title: titleOf(head), transports, seeds, steps, simulatedFrom: simulated?.line ?? null }
}

function isOnlySimulated(command: Command): boolean {
  const isOtherVersion = command.type === 'join' && command.version !== null
  const areAcquainted = command.type === 'peers' && command.known.length > 0
  return (
    isOtherVersion ||
    areAcquainted ||
    command.type === 'fault' ||
    command.type === 'crash' ||
    command.type === 'restart'
  )
}

function notOnGrenache({ text }: Command): string {
  return `${quoted(text)} can only be simulated, and '# transports:' above promises Grenache.`
}

function parseSteps(lines: readonly string[], file: string): Step[] | Refusal {
  const steps: Step[] = []
  const known = nothingKnown()
  let draft: Draft = { comments: [], commands: [] }
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] as string
    if (line === answerMark) {
      const step = completeStep(draft, lines, index + 1, file)
      if (isRefusal(step)) return step
      steps.push(step)
      draft = { comments: [], commands: [] }
      index = step.answerTo
      continue
    }
    const refusal = readLine(draft, line, known, index + 1, file)
    if (refusal) return refusal
  }
  if (draft.commands.length > 0) return unanswered(draft, file)
  return steps.length > 0 ? steps : at(file, 1, `There is no command here. ${example}`)
}

const example = `Write commands, then ${answerMark}, then the answer; with --rewrite the answer is filled in.`

/** Takes in a line that is no part of an answer. */
function readLine(draft: Draft, line: string, known: Known, number: number, file: string): Refusal | undefined {
  if (line.startsWith('#')) draft.comments.push(line)
  else if (line === '') return draft.commands.length > 0 ? unanswered(draft, file) : undefined
  else if (line.startsWith('---')) return at(file, number, misplacedMark(line))
  else {
    const action = parseCommand(line, known, number)
    if (isRefusal(action)) return at(file, number, action.sentence)
    draft.commands.push({ ...action, line: number, text: line.trim() })
  }
  return undefined
}

function completeStep(
  { comments, commands }: Draft,
  lines: readonly string[],
  answerFrom: number,
  file: string,
): Step | Refusal {
  const [first] = commands
  if (!first) return at(file, answerFrom, `There is no command above the ${answerMark}.`)
  const blank = lines.indexOf('', answerFrom)
  const answerTo = blank < 0 ? lines.length : blank
  const alternatives: string[][] = [[]]
  for (const [index, line] of lines.slice(answerFrom, answerTo).entries()) {
    if (line === alternativeMark) alternatives.push([])
    else if (line.startsWith('---')) return at(file, answerFrom + index + 1, misplacedMark(line))
    else alternatives.at(-1)?.push(line)
  }
  return { line: first.line, comments, commands, alternatives, answerFrom, answerTo }
}

function misplacedMark(line: string): string {
  return `${quoted(line)} does not belong here: ${answerMark} stands between commands and answer, '${alternativeMark}' between alternative answers, and an empty line ends a step.`
}

function unanswered({ commands }: Draft, file: string): Refusal {
  const last = commands.at(-1) as Command
  return at(file, last.line, `The command ${quoted(last.text)} has no answer. ${example}`)
}

function parseTransports(head: readonly string[], file: string): readonly TransportName[] | Refusal {
  const { words, line } = directive(head, 'transports') ?? { words: ['simulated'], line: 0 }
  const unknown = words.find(word => !isTransportName(word))
  if (unknown !== undefined || words.length === 0)
    return at(file, line, `The transports are 'simulated', 'grenache' or both, not ${quoted(words.join(' '))}.`)
  return words.filter(isTransportName)
}

/** With which seeds the story goes as it is written; null: with any. */
function parseSeeds(head: readonly string[], file: string): readonly number[] | null | Refusal {
  const found = directive(head, 'seeds')
  if (!found) return null
  const { words, line } = found
  const wrong = words.find(word => !/^\d{1,10}$/.test(word) || Number(word) > seedMax)
  if (wrong !== undefined || words.length === 0)
    return at(file, line, `Seeds are whole numbers up to ${seedMax}, not ${quoted(words.join(' '))}.`)
  return words.map(Number)
}

/** The words behind `# NAME:`, and the line where they stand, from 1. */
function directive(head: readonly string[], name: string): { readonly words: string[]; readonly line: number } | null {
  for (const [index, text] of head.entries()) {
    const [, found, rest = ''] = directivePattern.exec(text) ?? []
    if (found === name) return { words: rest.split(/\s+/).filter(word => word !== ''), line: index + 1 }
  }
  return null
}

export function isTransportName(word: string): word is TransportName {
  return transportNames.some(name => name === word)
}

/** What stands above the first command. */
function headOf(lines: readonly string[]): readonly string[] {
  const first = lines.findIndex(line => line !== '' && !line.startsWith('#'))
  return first < 0 ? lines : lines.slice(0, first)
}

function titleOf(head: readonly string[]): string {
  const said = head.filter(line => line.startsWith('#') && !directivePattern.test(line))
  const text = said.map(line => line.replace(/^#+\s*/, '')).join(' ')
  const [sentence = ''] = /^.*?[.!?](?=\s|$)/.exec(text) ?? [text]
  return sentence.trim()
}

function at(file: string, line: number, sentence: string): Refusal {
  return refuse('scenario_not_understood', `${file}:${line}: ${sentence}`)
}
