/** All checkers, in the order of the design's list of what is always true. */
import type { MakeChecker } from './checker.ts'
import { quantitiesAddUp, whatIsReservedIsNotFree } from './quantities.ts'

export const checkers: readonly MakeChecker[] = [quantitiesAddUp, whatIsReservedIsNotFree]
