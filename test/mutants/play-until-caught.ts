/**
 * Plays seeds of the campaign one after another until one of them shows that something is wrong, and prints what, as one line of
 * JSON. Run with a mutant (with-mutant.ts) or, to see that nothing is found, without: `FIRST LAST`.
 */
import { defaultBounds } from '../../src/scenario/campaign/bounds.ts'
import { playSeed } from '../../src/scenario/campaign/play-seed.ts'

export interface Catch {
  readonly seed: number
  /** `invariant 3 (takerFillsAreMakerFills)`, `not settled`, `defect`. */
  readonly by: string
  readonly sentence: string
}

async function playUntilCaught(first: number, last: number): Promise<Catch | null> {
  for (let seed = first; seed <= last; seed += 1) {
    const caught = await catchIn(seed)
    if (caught) return caught
  }
  return null
}

/** A mutant may also break the simulation itself: an assertion that fails inside the product comes out of the clock. */
async function catchIn(seed: number): Promise<Catch | null> {
  try {
    const { violations, failure } = await playSeed(seed, defaultBounds)
    const [violation] = violations
    if (violation)
      return { seed, by: `invariant ${violation.invariant} (${violation.checker})`, sentence: violation.sentence }
    if (failure === null) return null
    return { seed, by: failure.includes('not settled') ? 'not settled' : 'failure', sentence: failure }
  } catch (error) {
    return { seed, by: 'defect', sentence: error instanceof Error ? error.message : String(error) }
  }
}

const [first = 1, last = 1] = process.argv.slice(2).map(Number)
console.log(JSON.stringify(await playUntilCaught(first, last)))
