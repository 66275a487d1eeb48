/** All checkers, in the order of the design's list of what is always true. 14 is a campaign's: it plays a seed twice; 16 is of this project. */
import type { MakeChecker } from './checker.ts'
import { newOrdersTakeTheBest } from './better-orders.ts'
import {
  batchesAreLaterThanWhatTheyName,
  batchesAreProposedOnce,
  numbersAreDecidedInOrder,
  onlyWhatIsProposedIsFilled,
  timeIsOverWhenItIsOver,
} from './channels.ts'
import { nothingIsMadeOrLost, tradesAreDecidedOnce, tradesHaveTwoSides } from './decisions.ts'
import { evidenceIsReal, feedsHaveNoGap, nothingLeavesBeforeItIsDurable, ordersMoveOnlyDown } from './feeds.ts'
import { batchesKeepTheirMinimum, holdsEndAsTheLastMakerDecides, minimumsAreKept } from './groups.ts'
import { partsStayWithinTheWhole } from './icebergs.ts'
import { onlyTheLiveAreAsked } from './neighbours.ts'
import { pairsShareOneQuantity } from './pairs.ts'
import { whatIsPassedOverHasItsReason } from './priority.ts'
import { cancelledIsCancelled, ordersAreKnown, whatIsToldIsDurable } from './promises.ts'
import { quantitiesAddUp, whatIsReservedIsNotFree } from './quantities.ts'
import { replicasAreReadInOrder, replicasFollowTheirOwners } from './replicas.ts'
import { booksAreTheReplayOfTheirJournals } from './recovery.ts'
import {
  everyCommandIsAnswered,
  nothingIsCrossed,
  nothingIsInDoubt,
  theCoreAgrees,
  whatComesAgainChangesNothing,
} from './rest.ts'
import { replacementsStayWithin } from './replacements.ts'
import { stopsFireByTheirTrades } from './stops.ts'
import { ordersKeepTheirTerms, pricesAreTheEarlierOrders } from './terms.ts'

export const checkers: readonly MakeChecker[] = [
  quantitiesAddUp,
  replacementsStayWithin,
  partsStayWithinTheWhole,
  pairsShareOneQuantity,
  tradesAreDecidedOnce,
  holdsEndAsTheLastMakerDecides,
  tradesHaveTwoSides,
  pricesAreTheEarlierOrders,
  batchesAreLaterThanWhatTheyName,
  whatIsReservedIsNotFree,
  timeIsOverWhenItIsOver,
  cancelledIsCancelled,
  newOrdersTakeTheBest,
  whatIsPassedOverHasItsReason,
  nothingIsMadeOrLost,
  whatIsToldIsDurable,
  ordersAreKnown,
  booksAreTheReplayOfTheirJournals,
  feedsHaveNoGap,
  ordersMoveOnlyDown,
  nothingLeavesBeforeItIsDurable,
  replicasFollowTheirOwners,
  replicasAreReadInOrder,
  batchesAreProposedOnce,
  numbersAreDecidedInOrder,
  onlyWhatIsProposedIsFilled,
  whatComesAgainChangesNothing,
  evidenceIsReal,
  ordersKeepTheirTerms,
  batchesKeepTheirMinimum,
  minimumsAreKept,
  onlyTheLiveAreAsked,
  theCoreAgrees,
  nothingIsCrossed,
  nothingIsInDoubt,
  everyCommandIsAnswered,
  stopsFireByTheirTrades,
]
