/** All mutants, room by room. A mutant that is not caught is never dropped for that: it shows a checker or a fault that is missing. */
import { channelMutants } from './catalogue/channel.ts'
import { feedMutants } from './catalogue/feed.ts'
import { groupMutants } from './catalogue/groups.ts'
import { journalMutants } from './catalogue/journal.ts'
import { matchingMutants } from './catalogue/matching.ts'
import { wholeMutants } from './catalogue/wholes.ts'
import type { Mutant } from './mutant.ts'

export const mutants: readonly Mutant[] = [
  ...channelMutants,
  ...groupMutants,
  ...wholeMutants,
  ...matchingMutants,
  ...journalMutants,
  ...feedMutants,
]

/** Throws with the names that there are. */
export function mutantNamed(name: string): Mutant {
  const mutant = mutants.find(one => one.name === name)
  if (mutant) return mutant
  throw new Error(`there is no mutant ${name}; there are ${mutants.map(one => one.name).join(', ')}`)
}
