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
  /** Slices of one iceberg: each is an order that everybody keeps for a while. */
  icebergSlicesMax: 1_000,
  /** Closed own orders that can still be asked for, by id or by client order id; beyond it the oldest is forgotten. */
  closedOrdersMax: 100_000,
  /** Owners in one market; the 257th is refused, since everybody beats to everybody. */
  ownersMax: 256,
  /** Neighbours and candidates together: an address costs an actor and a request now and then. */
  neighboursMax: 256,

  /** Quantities in doubt of one order that its operator may settle: as many as fit ten batches. */
  forcedPerOrderMax: 1_000,
  /** Disputes of one market that are shown; beyond it the oldest is left out, though not out of the journal. */
  disputesMax: 1_000,
  /** Batches of others for which lots of one market are held at a time: several for each of 256 owners. */
  holdsMax: 1_024,
  /** Answers to all-or-nothing batches that are remembered after their channel has gone on, for those who hold; beyond it fills tell. */
  groupAnswersMax: 10_000,
  /** Better orders passed over by one walk that are named with their reason; the rest is only counted. */
  passedOverMax: 16,
  /** Addresses that one neighbour has introduced and nobody has answered at yet; what it names beyond them is passed over. */
  introductionsPerPeerMax: 32,
  /** The same over all neighbours: half the places of neighbours, so that rumours cannot take them all. */
  introductionsMax: 128,
  /** Peers remembered for the next start: all neighbours that one can have. */
  knownPeersMax: 256,

  /** Books ended by a defect that are rebuilt from their journals; one more stays ended, since rebuilding does not help. */
  bookCrashesMax: 3,

  // The matching engine (counts)
  /** Orders of one engine at a time, dormant stops included: their lots together stay exact (below 2^53). */
  engineOrdersMax: 4_194_304,
  /** Accounts that one replayed flow may name: they are kept to its end. */
  matchAccountsMax: 100_000,
  /** Characters of one line of such a flow: a command with every field has below 500. */
  matchLineCharactersMax: 4_096,
  /** Characters of facts that wait to be written before the next command is looked at. */
  matchOutputCharactersMax: 65_536,

  // Admission (counts)
  /** Commands of the local user that have been admitted and not yet released; beyond it `busy`. */
  commandsPendingMax: 4_096,
  /** Orders that are handed in together: as many as one segment has entries, so that they usually are one group commit. */
  ordersPerSubmitMax: 1_000,
  /** Requests of other peers that have been admitted and not yet answered, over all of them; beyond it `busy`. */
  requestsPendingMax: 1_024,
  /** The same for one address, so that one peer cannot take all places. */
  requestsPerPeerPendingMax: 64,
  /** Peers that are kept out at one time: proven ones give way to the operator's. */
  bansMax: 1_024,
  /** Characters of the operator's reason for a ban: it stands in a line of a terminal. */
  banReasonCharactersMax: 200,

  // Rates (units of work a second: one for a request, one for a signature in it, one for so many bytes of it and of its reply)
  /** What one address may ask for: five times the 400 a second that correct peers, all behind one address, have been seen to reach. A hundred peers that beat need 400. */
  workPerSecond: 2_000,
  /** What it may ask for at once after a pause: a hundred peers that meet at the same moment. */
  workBurst: 4_000,
  /** Bytes of a request or a reply that count as one unit: reading and folding them costs about as much as a signature. */
  workBytes: 16 * kibibyte,
  /** Proposals of one peer, whatever addresses it uses: eight times the 1,200 a second of a peer that sweeps 6,000 orders of one owner, batch after batch. */
  proposalsPerSecond: 10_000,
  /** The same at once: 200 full batches. */
  proposalsBurst: 20_000,
  /** Senders whose rates are kept; those beyond share one. */
  rateSendersMax: 1_024,

  /** Connections to one transport's server, each with one request at a time: four for each of 256 neighbours, free ones included. */
  connectionsMax: 1_024,
  /** Own requests that wait for a reply, and so the connections that they hold. */
  requestsOpenMax: 1_024,
  /** Addresses that one lookup gives: what one grape gives at most. */
  lookupAddressesMax: 100,

  // Messages (bytes, counts)
  /** Bytes of one request or reply on the wire. */
  messageBytesMax: 1_024 * kibibyte,
  /** Bytes of the segments in one page of a feed: leaves room for the envelope and for escaping. */
  pageBytesMax: 256 * kibibyte,
  /** Bytes of the headers of one HTTP message: Grenache's own are below 300. */
  headersBytesMax: 8 * kibibyte,
  /** Bytes that all messages being read by one transport hold together; beyond it they are refused. */
  readingBytesMax: 64 * 1_024 * kibibyte,
  /** Bytes of a grape's answer: 100 addresses fit many times. */
  grapeReplyBytesMax: 64 * kibibyte,
  /** Bytes of the signed texts that are kept as proof for bans, over all: two of the largest segments for each of 32 peers. */
  banProofBytesMax: 16 * 1_024 * kibibyte,
  /** Bytes of a file of known peers: the longest names and addresses fit. */
  knownPeersBytesMax: 256 * kibibyte,
  /** Estimated bytes of a segment's text beyond which a group takes no further decision. */
  segmentBytesMax: 256 * kibibyte,
  /** Orders in one part of a checkpoint: a part must fit a segment. */
  checkpointOrdersMax: 1_000,
  /** A feed is shortened by a checkpoint when it has this many entries, and more than twice as many as open orders. */
  entriesSinceCheckpointMax: 5_000,
  /** What an entry is estimated at: a fill, the longest of the common ones, has about 350. */
  entryBytes: 400,
  /** The same for an order, placed or in a checkpoint: the longest row has 81. */
  orderBytes: 90,
  /** Entries of one segment, and so the largest group commit. */
  segmentEntriesMax: 1_000,
  /** Facts of one group commit, private ones included: an order that is placed has two. */
  groupFactsMax: 4_000,
  /** Facts of one decision after which it stops walking and goes on in the next one: a decision is never split over segments. */
  decisionFactsMax: 500,
  /** Proposals of one batch. */
  batchProposalsMax: 100,
  /** Outstanding quantity (lots) that a taker has undecided at one maker. */
  undecidedQuantityMax: 2 ** 31 - 1,

  // The inspector (counts, bytes)
  /** Viewers of one inspector, and feeders and official receivers besides: windows of one person, with room for some. */
  inspectViewersMax: 16,
  inspectReceiversMax: 16,
  /** Frames kept for viewers who come late, for going back, and in a recording: some ten minutes of three peers. */
  inspectFramesMax: 100_000,
  /** Bytes of the same. */
  inspectBytesMax: 128 * 1_024 * kibibyte,
  /** Bytes of one frame, our own or one of a feeder: a machine's definition is the longest of ours, with some 10 kB. */
  inspectFrameBytesMax: 256 * kibibyte,
  /** Bytes of a viewer's command: each is below 40. */
  inspectCommandBytesMax: 1 * kibibyte,
  /** Bytes on their way to one viewer, beyond which it is given nothing more until they have left; nothing else waits for it. */
  inspectBufferBytesMax: 1_024 * kibibyte,
  /** Actors of all feeders together that are known at a time. */
  inspectFedActorsMax: 1_000,
  /** Kept of what has been forgotten: the last snapshot of each actor, the last ladder of each book. */
  inspectRemainsMax: 4_096,
  /** Messages that have been seen to leave and not to arrive, while only their senders are known. */
  inspectMessagesMax: 4_096,
  /** Price levels of each side in a ladder. */
  inspectLevelsMax: 10,
  /** Characters of a summary of a context or an event, of a message's payload, and of one text in them. */
  inspectSummaryCharactersMax: 4_000,
  inspectPayloadCharactersMax: 32_000,
  inspectTextCharactersMax: 300,
  /** Entries of a list or of an object in a summary, and how deep it goes. */
  inspectItemsMax: 50,
  inspectDepthMax: 10,
  /** How much faster and slower than at speed 1 a scenario can be played. */
  inspectSpeedMin: 0.05,
  inspectSpeedMax: 1_000,

  // The inspector's page (counts)
  /** Frames that a page keeps for its slider: what an inspector replays to it, and so all of a long scenario. */
  inspectPageFramesMax: 100_000,
  /** Actors of one moment; finished ones go first. A hundred peers have some ten each that are not finished. */
  inspectPageActorsMax: 2_000,
  /** Finished actors shown under one parent: the latest trades, which one may still want to look at. */
  inspectPageFinishedMax: 8,
  /** Orders of one moment, likewise; and of those that are not over, how many of each book are listed: the latest. */
  inspectPageOrdersMax: 2_000,
  inspectPageOpenOrdersMax: 12,
  /** Trades offered to be followed. */
  inspectPageTradesMax: 200,
  /** Machines whose drawings are kept: a peer has four. */
  inspectPageDrawingsMax: 64,
  /** Lines of the scenario that are shown. */
  inspectPageNewsMax: 100,

  // Times (milliseconds)
  /** The longest that a timer can wait: Node takes a longer delay for none. */
  timerMsMax: 2 ** 31 - 1,
  beatIntervalMs: 1 * second,
  /** Beats on top when two peers have just met: the first may come before the other side knows whom it hears. */
  earlyBeatsMs: [0, 50, 200, 500],
  /** A beat without an answer for this long is missed: shorter than the interval, so that two are missed before silence is over. */
  beatTimeoutMs: 800,
  /** Beats missed in a row after which a neighbour is suspect: its orders are no longer matched. */
  beatsMissedMax: 2,
  /** Silence after which a neighbour is unavailable. */
  silenceMsMax: 3 * second,
  requestTimeoutMs: 1 * second,
  /**
   * How long what a book has published waits until it is signed and sent to all neighbours, together with what follows in that time. A
   * proposal or an answer of the same decision has been dealt with nearby by then, and the work is not in its way
   * (test/bench/trade-latency.ts).
   */
  publishDelayMs: 3,
  lookupIntervalMs: 2 * second,
  /** How often one of the live neighbours is asked whom it knows, each in its turn. */
  introductionIntervalMs: 5 * second,
  /** An address that was introduced is not taken up again before: longer than all attempts to greet it last. */
  introductionMemoryMs: 1 * minute,
  /** How often peers known from before are tried again, and those that are live written down. */
  knownPeersIntervalMs: 1 * minute,
  /** Silence after which a peer is no longer remembered: it may have moved, or belong to another network. */
  knownPeerAgeMsMax: 7 * 24 * hour,
  /** A request that has not arrived as a whole by then is cut off: half-sent ones would hold their connection for minutes. */
  requestReadMsMax: 2 * second,
  /** A request that nobody has answered by then gets an error from the transport; longer than any caller waits. */
  replyMsMax: 5 * second,
  /** Silence after which the own side closes a connection that it keeps for the next request. */
  connectionIdleMsMax: 4 * second,
  /** The same for the serving side: longer, so that the caller closes first and never sends into a closing connection. */
  servedConnectionIdleMsMax: 10 * second,
  /** Time that a closing transport gives its last answers to leave. */
  closeGraceMsMax: 100,
  /** How long an address that has opened no line is asked over HTTP alone, whatever it says: each attempt may cost a request its whole time. */
  lineRetryMs: 10 * second,
  /** A grape that has lost its neighbour answers in 2 to 2.5 s; beyond that it counts as frozen. */
  grapeTimeoutMs: 3 * second,
  /** How long a lookup waits for the other grapes once one has answered. */
  lookupGraceMs: 100,
  /** The grapes' maximum age of an entry: an entry lives between two and four thirds of it in one grape. */
  entryAgeMsMax: 30 * second,
  /** Less than a third of the shortest life of an entry, so that two announcements may get lost. */
  announceIntervalMs: 6 * second,
  /** Wait before a failed announcement is repeated. */
  announceRetryMs: 1 * second,
  /** Delay before an address or a lost neighbour is tried again: doubles from the first to the second. */
  greetDelayMsMin: 250,
  greetDelayMsMax: 15 * second,
  /** Attempts to greet an address that has never answered; then it is forgotten until it is heard of again. */
  greetAttemptsMax: 6,
  /**
   * How long a batch that has been proposed is left to itself. Nearby it is decided by then, and an actor that would end a moment later
   * takes a fifth of the whole trade (test/bench/trade-latency.ts); it would not ask again any sooner.
   */
  proposalAloneMs: 25,
  /** Wait before a batch without answer is asked for again: doubles from the first to the second. */
  withdrawDelayMsMin: 100,
  withdrawDelayMsMax: 5 * second,
  /** The longest that another peer can make us wait before we ask again: as a withdraw would wait. */
  retryAfterMsMax: 5 * second,
  /** How long who was refused for want of room is asked to wait: what is pending takes no longer. */
  busyRetryMs: 100,
  /** Silence after which a sender's rate is forgotten, so that another one has its place: by then all that it owed is paid. */
  rateMemoryMs: 10 * second,
  /** Quantity reserved for longer than this is in doubt. */
  doubtMs: 3 * second,
  /** A trade that was made longer ago triggers no stop: by then its maker is unavailable, if it has been silent since. */
  triggerAgeMsMax: 3 * second,
  /** A maker that owes an answer for longer than this gets no more proposals. */
  answerOwedMsMax: 1 * second,
  /** How long lots are held for a taker before the last maker is asked what has become of its batch, which ends the attempt if it has not seen it. */
  holdMs: 1 * second,
  /** Wait before an order that has refused is asked again: doubles from the first to the second. */
  refusedDelayMsMin: 100,
  refusedDelayMsMax: 10 * second,
  /** How far ahead of the own clock a segment may be stamped; beyond it the segment waits. */
  clockAheadMsMax: 1 * second,
  /** Silence after which an owner is forgotten, with its orders. */
  forgetAfterMs: 24 * hour,
  /** How often it is looked whose time has come. */
  forgetIntervalMs: 1 * minute,
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
assertRelation(
  limits.requestTimeoutMs <= limits.beatIntervalMs,
  'a beat must be answered or missed before the next one',
)
assertRelation(
  limits.triggerAgeMsMax <= limits.silenceMsMax,
  'what was traded beyond a partition must be too old to trigger anything once it is noticed',
)
assertRelation(limits.introductionsPerPeerMax < limits.introductionsMax, 'one peer must not introduce for all')
assertRelation(limits.introductionsMax < limits.neighboursMax, 'rumours must not take the places of all neighbours')
assertRelation(
  limits.greetAttemptsMax * (limits.requestTimeoutMs + limits.greetDelayMsMin * 2 ** (limits.greetAttemptsMax - 1)) <
    limits.introductionMemoryMs,
  'an address must have been given up before it is introduced again',
)
assertRelation(
  limits.knownPeersIntervalMs < limits.knownPeerAgeMsMax,
  'a peer that is live must be written down before it is forgotten',
)
assertRelation(limits.answerOwedMsMax < limits.doubtMs, 'a maker must be left alone before its quantity is in doubt')
assertRelation(limits.segmentBytesMax <= limits.pageBytesMax, 'a segment must fit a page')
assertRelation(
  limits.checkpointOrdersMax * limits.orderBytes < limits.segmentBytesMax,
  'a part of a checkpoint must fit a segment',
)
assertRelation(limits.pageBytesMax * 2 < limits.messageBytesMax, 'a page must fit a message even when it is escaped')
assertRelation(
  limits.requestsPerPeerPendingMax < limits.requestsPendingMax,
  'one peer must not be able to take all places',
)
assertRelation(
  limits.decisionFactsMax + 2 * limits.batchProposalsMax < limits.segmentEntriesMax,
  'the largest decision must fit a segment',
)
assertRelation(limits.segmentEntriesMax <= limits.groupFactsMax, 'a whole segment must fit a group')
assertRelation(
  limits.ordersPerSubmitMax <= limits.segmentEntriesMax &&
    limits.ordersPerSubmitMax * limits.orderBytes <= limits.segmentBytesMax,
  'orders that are handed in together and rest must fit a segment',
)
assertRelation(
  limits.ordersPerSubmitMax < limits.commandsPendingMax,
  'orders that are handed in together must be admissible',
)
assertRelation(
  limits.decisionFactsMax + 4 * limits.batchProposalsMax < limits.segmentEntriesMax,
  'a decision that ends an attempt, with the fills of a batch and of as many own orders, must fit a segment',
)
assertRelation(limits.holdMs < limits.doubtMs, 'a holder must have asked before its lots are in doubt')
assertRelation(
  [
    [limits.workBurst, limits.workPerSecond],
    [limits.proposalsBurst, limits.proposalsPerSecond],
  ].every(
    ([burst = 0, perSecond = 0]) =>
      (burst / perSecond) * second + limits.retryAfterMsMax <= limits.rateMemoryMs && burst >= perSecond,
  ),
  'a rate must be whole again before it is forgotten',
)
assertRelation(
  limits.beatIntervalMs * 2 < limits.rateMemoryMs,
  'who beats must keep its place among the senders whose rates are kept',
)
assertRelation(limits.rateSendersMax > limits.neighboursMax, 'every neighbour must have a rate of its own')
assertRelation(
  limits.banProofBytesMax >= 2 * limits.messageBytesMax,
  'the proof of one fork must have room, whatever its size',
)
assertRelation(
  limits.inspectFrameBytesMax < limits.inspectBufferBytesMax,
  'a frame must fit what may be on its way to a viewer',
)
assertRelation(
  limits.inspectPayloadCharactersMax * 6 < limits.inspectFrameBytesMax,
  "a message's payload must fit a frame even when all of it is escaped",
)
assertRelation(limits.batchProposalsMax <= limits.forcedPerOrderMax, 'the doubts of a whole batch must be forcible')
assertRelation(limits.withdrawDelayMsMin < limits.withdrawDelayMsMax, 'the withdraw delay must be able to grow')
assertRelation(limits.refusedDelayMsMin < limits.refusedDelayMsMax, 'the delay after a refusal must be able to grow')
assertRelation(limits.greetDelayMsMin < limits.greetDelayMsMax, 'the delay between greetings must be able to grow')
assertRelation(
  limits.messageBytesMax * 4 <= limits.readingBytesMax,
  'several messages of the largest size must be readable at once',
)
assertRelation(
  limits.requestTimeoutMs < limits.replyMsMax,
  'a transport must not answer in place of a subscriber that is still awaited',
)
assertRelation(
  limits.connectionIdleMsMax < limits.servedConnectionIdleMsMax,
  'the caller must close an idle connection first',
)
assertRelation(
  limits.announceIntervalMs * 3 < (limits.entryAgeMsMax * 2) / 3,
  'an entry must survive two lost announcements',
)
assertRelation(
  limits.engineOrdersMax * limits.quantityMax <= Number.MAX_SAFE_INTEGER,
  'the lots of all orders of an engine must add up exactly',
)
