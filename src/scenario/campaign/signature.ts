/** In what way a run has failed. */
import { peerNames } from './bounds.ts'
import type { Played } from './play-seed.ts'

/** Equal for two runs that have failed alike; null for one that has not failed. */
export function signatureOf({ violations, failure }: Pick<Played, 'violations' | 'failure'>): string | null {
  const [first] = violations
  if (first) return `${first.invariant} ${first.checker}`
  if (failure === null) return null
  const [sentence = ''] = failure.replace(/\b(\w+: )?[a-z-]+\/\d+|\d[\d.]*/g, '#').split('\n')
  const names = new RegExp(`\\b(${peerNames.join('|')})\\b`, 'g')
  return sentence.split(';')[0]?.replace(names, '#') ?? null
}
