/** Puts the answers that came into the text of a scenario, in place of those that were expected. Leaves everything else as it is. */
import type { Answer, Scenario, Step } from './scenario.ts'

/**
 * `answers` has one for each step, or for as many as have been played. A step where time decides keeps its alternatives, and gets
 * the answer as one more, or in place of an empty one, when it is none of them.
 */
export function rewriteScenario(text: string, { steps }: Scenario, answers: readonly Answer[]): string {
  const lines = text.split(/\r?\n/)
  for (const [index, answer] of [...answers.entries()].reverse()) {
    const step = steps[index]
    if (step && !isExpected(step, answer))
      lines.splice(step.answerFrom, step.answerTo - step.answerFrom, ...rewritten(step, answer))
  }
  return lines.join('\n')
}

/** The answer of a step that is there for what it leads to. */
const whateverIsTold = '...'

export function isExpected({ alternatives }: Step, answer: Answer): boolean {
  if (alternatives.some(lines => lines.length === 1 && lines[0] === whateverIsTold)) return true
  return alternatives.some(one => one.length === answer.length && one.every((line, index) => line === answer[index]))
}

function rewritten({ alternatives }: Step, answer: Answer): string[] {
  if (alternatives.length === 1) return [...answer]
  const open = alternatives.findIndex(({ length }) => length === 0)
  const all = open < 0 ? [...alternatives, answer] : alternatives.with(open, answer)
  return all.flatMap((one, index) => (index === 0 ? one : ['---- or', ...one]))
}
