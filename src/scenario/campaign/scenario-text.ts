/** A story's lines as the text of a scenario: who is there, what happens, and a check that must find nothing. */
import type { Line } from './line.ts'

export interface StoryText {
  /** Sentences that stand above it. */
  readonly comments: readonly string[]
  /** With which it goes as it is written. */
  readonly seed: number
  readonly lines: readonly Line[]
}

const setupPattern = /^(market|peers) /

/** What is told on the way is not said: `...` takes whatever it is. */
export function scenarioText({ comments, seed, lines }: StoryText): string {
  const texts = lines.map(({ text }) => text)
  const setup = texts.filter(text => setupPattern.test(text))
  const check = texts.filter(isCheck)
  const story = texts.filter(text => !setupPattern.test(text) && !isCheck(text))
  const head = [...comments.map(comment => `# ${comment}`), `# seeds: ${seed}`]
  return [
    head.join('\n'),
    stepText(setup, 'ok'),
    ...(story.length > 0 ? [stepText(story, '...')] : []),
    stepText(check, 'ok'),
  ]
    .join('\n\n')
    .concat('\n')
}

/** Of whatever kind. */
export function isCheck(text: string): boolean {
  return /^check\b/.test(text)
}

function stepText(commands: readonly string[], answer: string): string {
  return [...commands, '----', answer].join('\n')
}
