/** What of a machine or of a model has been walked: noted by the tests that walk, shown by coverage-reporter.ts once all have run. */
import { expect } from 'vitest'

export interface Share {
  readonly walked: number
  readonly all: number
}

export interface Coverage {
  /** `neighbour`; of a model: `availability`. */
  readonly name: string
  /** How it was walked: `paths` are generated from the machine itself, `simulated` and `grenache` are whole exchanges. */
  readonly on: 'paths' | 'simulated' | 'grenache'
  readonly states: Share
  readonly transitions: Share
  /** States that stand at the same time, and events that several states take, make more steps than there are transitions. */
  readonly steps: Share
}

/** What a test is asked to note things on; vitest hands it on to reporters. */
interface Noting {
  readonly meta: { coverage?: Coverage[] }
}

declare module 'vitest' {
  interface TaskMeta {
    coverage?: Coverage[]
  }
}

/** All that there is, and what of it has been walked, by name. */
export interface Walk {
  readonly all: Iterable<string>
  readonly walked: ReadonlySet<string>
}

/** Notes it for the table, and fails when something has not been walked. */
export function noteCoverage(
  task: Noting,
  { name, on }: Pick<Coverage, 'name' | 'on'>,
  walks: Readonly<Record<'states' | 'transitions' | 'steps', Walk>>,
): void {
  const { states, transitions, steps } = walks
  const row: Coverage = { name, on, states: shareOf(states), transitions: shareOf(transitions), steps: shareOf(steps) }
  task.meta.coverage = [...(task.meta.coverage ?? []), row]
  for (const [what, walk] of Object.entries(walks)) expect(missingIn(walk), `${what} not walked`).toEqual([])
}

function shareOf({ all, walked }: Walk): Share {
  const names = [...new Set(all)]
  return { walked: names.filter(one => walked.has(one)).length, all: names.length }
}

function missingIn({ all, walked }: Walk): string[] {
  return [...new Set(all)].filter(one => !walked.has(one))
}
