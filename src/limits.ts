/**
 * Every maximum and every interval of a peer, written once, with its unit and its reason.
 * Relations between them are asserted when this file is loaded, so that a change that breaks one cannot start.
 */

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const kibibyte = 1_024

export const limits = {
  // Prices and quantities (ticks, lots)
  /** A price in ticks or a quantity in lots fits a signed 32-bit integer, so that a book can keep them in typed arrays. */
  priceMax: 2 ** 31 - 1,
  quantityMax: 2 ** 31 - 1,
  /** Characters of a market's symbol: part of service names and of every signed text. */
  symbolCharactersMax: 32,
  /** Characters of an account's name and of a client's order id. */
  nameCharactersMax: 64,

  // Memory of one peer (counts)
  /** Markets of one peer: every beat carries a head for each. */
  marketsMax: 32,
  /** Open orders of one owner in one market: bounds what a stranger can make everybody hold. */
  openOrdersPerOwnerMax: 100_000,
  /** Remembered client order ids in one market; beyond it the oldest of closed orders is forgotten. */
  clientOrderIdsMax: 100_000,
  /** Closed own orders that can still be asked for; beyond it the oldest is forgotten. */
  closedOrdersMax: 100_000,
  /** Owners in one market; the 257th is refused, since everybody beats to everybody. */
  ownersMax: 256,
  /** Neighbours and candidates together: an address costs an actor and a request now and then. */
  neighboursMax: 256,

  // Admission (counts)
  /** Commands of the local user that have been admitted and not yet released; beyond it `busy`. */
  commandsPendingMax: 4_096,
  /** Requests of other peers that have been admitted and not yet answered, over all of them; beyond it `busy`. */
  requestsPendingMax: 1_024,
  /** The same for one address, so that one peer cannot take all places. */
  requestsPerPeerPendingMax: 64,

  // Messages (bytes, counts)
  /** Bytes of one request or reply on the wire. */
  messageBytesMax: 1_024 * kibibyte,
  /** Bytes of the segments in one page of a feed: leaves room for the envelope and for escaping. */
  pageBytesMax: 256 * kibibyte,
  /** Entries of one segment, and so the largest group commit. */
  segmentEntriesMax: 1_000,
  /** Proposals of one batch. */
  batchProposalsMax: 100,
  /** Outstanding quantity (lots) that a taker has undecided at one maker. */
  undecidedQuantityMax: 2 ** 31 - 1,

  // Times (milliseconds)
  beatIntervalMs: 1 * second,
  /** Beats missed in a row after which a neighbour is suspect: its orders are no longer matched. */
  beatsMissedMax: 2,
  /** Silence after which a neighbour is unavailable. */
  silenceMsMax: 3 * second,
  requestTimeoutMs: 1 * second,
  lookupIntervalMs: 2 * second,
  /** Delay before an address or a lost neighbour is tried again: doubles from the first to the second. */
  greetDelayMsMin: 250,
  greetDelayMsMax: 15 * second,
  /** Attempts to greet an address that has never answered; then it is forgotten until it is heard of again. */
  greetAttemptsMax: 6,
  /** Wait before a batch without answer is asked for again: doubles from the first to the second. */
  withdrawDelayMsMin: 100,
  withdrawDelayMsMax: 5 * second,
  /** Quantity reserved for longer than this is in doubt. */
  doubtMs: 3 * second,
  /** A maker that owes an answer for longer than this gets no more proposals. */
  answerOwedMsMax: 1 * second,
  /** Wait before an order that has refused is asked again: doubles from the first to the second. */
  refusedDelayMsMin: 100,
  refusedDelayMsMax: 10 * second,
  /** How far ahead of the own clock a segment may be stamped; beyond it the segment waits. */
  clockAheadMsMax: 1 * second,
  forgetAfterMs: 24 * hour,
} as const

export type Limits = typeof limits

/** Throws with a sentence when a relation between limits does not hold. */
function assertRelation(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(`limits: ${sentence}`)
}

assertRelation(
  limits.beatsMissedMax * limits.beatIntervalMs < limits.silenceMsMax,
  'a neighbour must become suspect before it becomes unavailable',
)
assertRelation(limits.requestTimeoutMs <= limits.beatIntervalMs, 'a beat must be answered or missed before the next one')
assertRelation(limits.answerOwedMsMax < limits.doubtMs, 'a maker must be left alone before its quantity is in doubt')
assertRelation(limits.pageBytesMax * 2 < limits.messageBytesMax, 'a page must fit a message even when it is escaped')
assertRelation(limits.requestsPerPeerPendingMax < limits.requestsPendingMax, 'one peer must not be able to take all places')
assertRelation(limits.withdrawDelayMsMin < limits.withdrawDelayMsMax, 'the withdraw delay must be able to grow')
assertRelation(limits.refusedDelayMsMin < limits.refusedDelayMsMax, 'the delay after a refusal must be able to grow')
assertRelation(limits.greetDelayMsMin < limits.greetDelayMsMax, 'the delay between greetings must be able to grow')
