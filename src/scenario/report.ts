/** What a person reads of a scenario that is played: lines like the file's own, and differences. Gives lines, prints none. */
import { differenceOf } from './difference.ts'
import type { Failure, Performance, PlayedStep } from './play-scenario.ts'
import type { Scenario } from './scenario.ts'

/** How parts of the text are coloured; without colours each gives back what it gets. */
export interface Colours {
  readonly dim: (text: string) => string
  readonly bold: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
}

/** The step as it stands in the file, with the answer that came, or with the difference to the one that was expected. */
export function stepLines(played: PlayedStep, file: string, colours: Colours): string[] {
  const { step, answer } = played
  const above = [...step.comments.map(colours.dim), ...step.commands.map(({ text }) => colours.bold(text))]
  const told = played.isExpected ? answer : differenceLines(played, file, colours)
  return [...above, colours.dim('----'), ...told, '']
}

/** `-` expected, `+` came; compared with the alternative that is closest. */
export function differenceLines({ step, answer }: PlayedStep, file: string, colours: Colours): string[] {
  const { alternatives, line } = step
  const none = alternatives.length > 1 ? `none of ${alternatives.length} alternatives came, the closest is ` : ''
  const differences = alternatives.map(expected => differenceOf(expected, answer))
  const closest = differences.reduce((best, one) => (changes(one) < changes(best) ? one : best))
  const header = `${file}:${line}: ${none}expected ${colours.red('-')} and actual ${colours.green('+')} differ:`
  return [header, ...closest.map(one => differentLine(one, colours))]
}

/** The last line of all. */
export function verdictLine({ file }: Scenario, { steps, failure }: Performance, colours: Colours): string {
  if (failure) return colours.red(failureLine(file, failure))
  const different = steps.filter(one => !one.isExpected).map(({ step }) => `${file}:${step.line}`)
  const count = `${steps.length} ${steps.length === 1 ? 'step' : 'steps'}`
  if (different.length === 0) return colours.green(`${file}: ${count} as expected`)
  return colours.red(`${file}: ${different.length} of ${count} not as expected: ${different.join(', ')}`)
}

export function failureLine(file: string, { line, sentence }: Failure): string {
  return `${file}:${line}: ${sentence}`
}

export function isAsExpected({ steps, failure }: Performance): boolean {
  return failure === null && steps.every(step => step.isExpected)
}

/** For programs: everything that was told, step by step. */
export function performanceJson({ file, title }: Scenario, performance: Performance): object {
  const steps = performance.steps.map(({ step, answer, isExpected }) => ({
    line: step.line,
    commands: step.commands.map(({ text }) => text),
    expected: step.alternatives,
    actual: answer,
    isExpected,
  }))
  return { file, title, isAsExpected: isAsExpected(performance), failure: performance.failure, steps }
}

function changes(lines: ReturnType<typeof differenceOf>): number {
  return lines.filter(({ kind }) => kind !== 'both').length
}

function differentLine({ kind, text }: ReturnType<typeof differenceOf>[number], colours: Colours): string {
  switch (kind) {
    case 'both':
      return `  ${text}`
    case 'expected':
      return colours.red(`- ${text}`)
    case 'actual':
      return colours.green(`+ ${text}`)
  }
}
