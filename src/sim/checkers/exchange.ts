/**
 * What a history says of a whole exchange: who is who, every peer's durable journal added up, every text that may be out in the world,
 * every trade. Learns from the history alone, step by step, and judges nothing.
 */
import type { Market, MarketId } from '../../book/market.ts'
import type { OrderId, PeerId, Side, TradeId } from '../../book/order.ts'
import type { Entry, Filled, Head } from '../../feed/entry.ts'
import type { Stamp } from '../../feed/hybrid-clock.ts'
import { headOf, segmentDomain, type Segment } from '../../feed/segment.ts'
import { hashOf, isSignedBy, type Signed, type Verifier, type Words } from '../../feed/signer.ts'
import type { Answer, Batch, Proposal } from '../../net/messages.ts'
import type { Fact } from '../../peer/decide/fact.ts'
import type { JournalRecord } from '../../peer/decide/group.ts'
import type { Peer } from '../../peer/peer.ts'
import type { Happened } from '../history.ts'
import { contentOf, nameAt } from '../said.ts'
import { Askings } from './askings.ts'
import { factsOf, Ledger, type Tally } from './ledger.ts'
import { Shown } from './shown.ts'

/** A peer that is running now. */
export interface Onstage {
  readonly name: string
  readonly peer: Peer
}

export interface ExchangeOptions {
  readonly networkId: string
  readonly markets: readonly Market[]
  /** Of the signatures that these peers make. */
  readonly verifier: Verifier
  readonly onstage: () => readonly Onstage[]
  /** What is durable of a peer's journal, oldest first. */
  readonly journal: (name: string, market: MarketId) => readonly string[]
  /** What that peer's clock shows now, in milliseconds since the Unix epoch. */
  readonly wallMs: (name: string) => number
}

/** One side of a trade, in whose feed it stands. */
export interface FillAt extends Filled {
  readonly owner: PeerId
}

/** All that is known of a trade id: the key is its taker's peer and the id, since strangers can copy ids. */
export interface TradeFile {
  /** As journalled by the taker before it asked. */
  proposal: { readonly batch: Batch; readonly proposal: Proposal } | null
  /** Lots that the maker's answer fills; 0 when it refuses. */
  decided: number | null
  maker: FillAt | null
  taker: FillAt | null
}

export type TradeKey = `${PeerId}/${TradeId}`

/** A segment as its owner's journal has it. */
export interface DurableSegment {
  readonly segment: Segment
  readonly words: Words
  readonly hash: string
}

/** What somebody holds who holds a head. */
export interface DurableHead extends Head {
  readonly owner: PeerId
  readonly market: MarketId
  /** Of the segment that it is the end of. */
  readonly stamp: Stamp
}

export class Exchange {
  readonly options: ExchangeOptions
  readonly peerIds = new Map<string, PeerId>()
  readonly trades = new Map<TradeKey, TradeFile>()
  /** Lots that the makers' feeds fill of a taker's order, by owner and id. */
  readonly namedAsTaker = new Map<string, number>()
  /** Peers that have told one thing to the one and another to the other, under their own signature: their words are worth nothing. */
  readonly forkers = new Set<PeerId>()
  readonly askings: Askings
  /** What has been shown to whom since the last step of the clock. */
  readonly shown: Shown
  /** False once a clock has been set wrong: from then on stamps and ids of different peers do not tell the same time. */
  areClocksRight = true
  /** Whose process has stood still: from then on what it does may be later than it was decided. */
  readonly paused = new Set<string>()
  readonly #names = new Map<PeerId, string>()
  readonly #ledgers = new Map<string, Ledger>()
  /** Signatures of everything durable that is signed in the journal: batches, answers. */
  readonly #texts = new Map<string, string>()
  /** Segments by their bodies: a journal has them without their signatures. */
  readonly #segments = new Map<string, DurableHead>()
  readonly #heads = new Map<string, DurableHead>()

  constructor(options: ExchangeOptions) {
    this.options = options
    this.askings = new Askings(options.wallMs)
    this.shown = new Shown(options.onstage)
  }

  get ledgers(): Iterable<Ledger> {
    return this.#ledgers.values()
  }

  nameOf(peer: PeerId): string {
    return this.#names.get(peer) ?? peer
  }

  /** As its user calls it, if it has a name. */
  orderName(owner: PeerId, market: MarketId, id: OrderId): string {
    const tally = this.tallyOf(owner, market, id)
    return tally && tally.name !== id ? tally.name : `${this.nameOf(owner)}/${id}`
  }

  ledgerOf(owner: PeerId, market: MarketId): Ledger | undefined {
    return this.#ledgers.get(`${this.nameOf(owner)} ${market}`)
  }

  ledgerAt(name: string, market: string): Ledger | undefined {
    return this.#ledgers.get(`${name} ${market}`)
  }

  tallyOf(owner: PeerId, market: MarketId, id: OrderId): Tally | undefined {
    return this.ledgerOf(owner, market)?.tallies.get(id)
  }

  tradeOf(key: TradeKey): TradeFile | undefined {
    return this.trades.get(key)
  }

  /** True for a text that stands in its author's durable journal, with the signature that it has there or, for a segment, that is right. */
  isDurable(signed: Signed): boolean {
    const segment = this.#segments.get(signed.body)
    return segment ? this.#isSigned(signed, segment) : this.#texts.get(signed.body) === signed.signature
  }

  headOf(hash: string): DurableHead | undefined {
    return this.#heads.get(hash)
  }

  /** True for a head that a durable segment of that owner has made, and for any of a peer that has forked its feed. */
  isHeadOf(owner: PeerId, { incarnation, sequence, hash }: Head): boolean {
    if (this.forkers.has(owner)) return true
    const known = this.#heads.get(hash)
    return known?.owner === owner && known.incarnation === incarnation && known.sequence === sequence
  }

  start(name: string, peerId: PeerId): void {
    this.peerIds.set(name, peerId)
    this.#names.set(peerId, name)
  }

  /** What goes round, before the checkers look at it. */
  hear(event: Happened): void {
    this.askings.hear(event)
    if (event.type === 'arrived') this.shown.hear(event)
  }

  /** From now on the peer says what it likes. */
  fork(name: string): void {
    const peer = this.peerIds.get(name)
    if (peer) this.forkers.add(peer)
  }

  /** The ledger of a journal; undefined for a peer that was never started or a market that nobody knows. */
  open(name: string, marketId: MarketId): Ledger | undefined {
    const key = `${name} ${marketId}`
    const known = this.#ledgers.get(key)
    const owner = this.peerIds.get(name)
    const market = this.options.markets.find(({ id }) => id === marketId)
    if (known || !owner || !market) return known
    const ledger = new Ledger({ name, owner, market })
    this.#ledgers.set(key, ledger)
    return ledger
  }

  /** A record as it is to be read: what is signed in it opened, its entries in their places. */
  opened(record: JournalRecord, ledger: Ledger): { readonly segment: DurableSegment | null; readonly facts: Fact[] } {
    const segment = record.segment && this.#open(record.segment, ledger)
    return { segment, facts: factsOf(record, segment?.segment.entries ?? []) }
  }

  /** Takes a fact in, behind the checkers. */
  add(fact: Fact, ledger: Ledger): void {
    ledger.add(fact)
    if (fact.type === 'intent') this.#addIntent(fact)
    else if (fact.type === 'answered') this.#addAnswer(fact.answer)
    else if (fact.type === 'entry' && fact.entry.type === 'filled') this.#addFill(fact.entry, ledger.owner)
  }

  addSegment(segment: DurableSegment, ledger: Ledger): void {
    const { owner, market } = ledger
    ledger.addSegment(segment)
    const head = { ...headOf(segment), owner, market: market.id, stamp: segment.segment.stamp }
    this.#segments.set(segment.words.body, head)
    this.#heads.set(segment.hash, head)
  }

  #isSigned(signed: Signed, { owner, market, hash }: DurableHead): boolean {
    const { networkId, verifier } = this.options
    return isSignedBy(verifier, owner, segmentDomain(networkId, market), signed, hash)
  }

  #open(words: Words, { market }: Ledger): DurableSegment {
    const hash = hashOf(segmentDomain(this.options.networkId, market.id), words)
    return { segment: contentOf(words) as Segment, words, hash }
  }

  #addIntent({ batch, signed, hash }: Fact & { type: 'intent' }): void {
    this.#addText(signed)
    this.askings.begin(signed, hash)
    for (const proposal of batch.proposals)
      this.file(tradeKeyOf(batch.taker, proposal.tradeId)).proposal = { batch, proposal }
  }

  #addAnswer(signed: Signed): void {
    this.#addText(signed)
    const { taker, decisions } = contentOf(signed) as Answer
    // What is held is decided in another answer.
    for (const decision of decisions.filter(one => !('held' in one)))
      this.file(tradeKeyOf(taker, decision.tradeId)).decided ??= 'filled' in decision ? decision.filled : 0
  }

  #addFill(entry: Filled, owner: PeerId): void {
    const fill = { ...entry, owner }
    this.file(keyOfFill(fill))[entry.liquidity] ??= fill
    if (entry.liquidity === 'taker') return
    const taker = `${entry.counterparty.peer}/${entry.counterparty.orderId}`
    this.namedAsTaker.set(taker, (this.namedAsTaker.get(taker) ?? 0) + entry.quantity)
  }

  #addText({ body, signature }: Signed): void {
    this.#texts.set(body, signature)
  }

  /** The file of a trade, begun when there is none. */
  file(key: TradeKey): TradeFile {
    const file = this.trades.get(key) ?? { proposal: null, decided: null, maker: null, taker: null }
    this.trades.set(key, file)
    return file
  }
}

export function tradeKeyOf(taker: PeerId, id: TradeId): TradeKey {
  return `${taker}/${id}`
}

export function keyOfFill({ owner, liquidity, counterparty, tradeId }: FillAt): TradeKey {
  return tradeKeyOf(liquidity === 'taker' ? owner : counterparty.peer, tradeId)
}

/** The peer id of whoever listens at an address; undefined for one that was never started. */
export function peerIdAt(exchange: Exchange, address: string): PeerId | undefined {
  return exchange.peerIds.get(nameAt(address))
}

export function isFill(entry: Entry): entry is Filled {
  return entry.type === 'filled'
}

export const signOf: Record<Side, 1 | -1> = { buy: 1, sell: -1 }
