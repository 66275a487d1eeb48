/**
 * What one needs to know of the past to see a situation when it comes: lives, orders, batches, who can reach whom. Learns from the
 * history alone; what is lost with the tail of a journal is remembered all the same, since it has been there.
 */
import type { Conditions, NewOrder, OrderId, PeerId } from '../../book/order.ts'
import type { Entry, Filled } from '../../feed/entry.ts'
import type { Segment } from '../../feed/segment.ts'
import type { Signed, Words } from '../../feed/signer.ts'
import type { Answer, Batch } from '../../net/messages.ts'
import type { ClosingReason } from '../../peer/decide/event.ts'
import type { Fact } from '../../peer/decide/fact.ts'
import type { JournalRecord } from '../../peer/decide/group.ts'
import { factsOf } from '../checkers/ledger.ts'
import type { Happened, HistoryEvent } from '../history.ts'
import { contentOf, nameAt } from '../said.ts'

export type Happening<T extends HistoryEvent['type']> = Happened & { readonly type: T }

/** An order as its owner's journal tells of it. */
export interface OrderFile {
  readonly owner: string
  readonly market: string
  readonly order: NewOrder
  readonly conditions: Conditions
  /** The owner's life in which it was accepted. */
  readonly life: number
  readonly atMs: number
  /** Whom its owner could not reach then. */
  readonly separatedFrom: ReadonlySet<string>
  readonly takers: Set<PeerId>
  /** Makers that have been asked for it and have not decided. */
  readonly asked: Set<PeerId>
  isPlaced: boolean
  closing: ClosingReason | null
  left: number
}

export interface BatchFile {
  readonly batch: Batch
  readonly taker: string
  readonly maker: string
  readonly atMs: number
  /** The lives of both when it was made. */
  readonly takerLife: number
  readonly makerLife: number
  /** How often each has arrived. */
  proposes: number
  withdraws: number
  answers: number
  /** When its taker knew the outcome. */
  settledAtMs: number | null
  /** The batch before it in its channel. */
  readonly before: BatchFile | null
}

export class Scene {
  readonly orders = new Map<OrderId, OrderFile>()
  readonly startedAtMs = new Map<string, number>()
  readonly gone = new Set<string>()
  /** Decisions that are durable and of which nobody has been told in this life, by maker. */
  readonly untold = new Map<string, Set<string>>()
  /** When the segment that begins a checkpoint was written. */
  readonly checkpoints = new Map<string, number>()
  atMs = 0
  hasSkew = false
  readonly #lives = new Map<string, number>()
  readonly #names = new Map<PeerId, string>()
  readonly #pending = new Map<string, JournalRecord[]>()
  readonly #durable = new Map<string, number>()
  readonly #batchesByBody = new Map<string, BatchFile>()
  readonly #batchesByHash = new Map<string, BatchFile>()
  readonly #channels = new Map<string, BatchFile>()
  /** From whom somebody heard last of an owner's feed. */
  readonly #sources = new Map<string, string>()
  #groups: readonly (readonly string[])[] = []
  #cuts: readonly (readonly [string, string])[] = []

  nameOf(peer: PeerId): string {
    return this.#names.get(peer) ?? 'somebody'
  }

  lifeOf(name: string): number {
    return this.#lives.get(name) ?? 0
  }

  batchIn(signed: unknown): BatchFile | undefined {
    return this.#batchesByBody.get((signed as Signed).body)
  }

  batchOf(answer: Answer): BatchFile | undefined {
    return this.#batchesByHash.get(answer.batchHash)
  }

  channelOf(taker: string, market: string, maker: PeerId): BatchFile | undefined {
    return this.#channels.get(`${taker} ${market} ${maker}`)
  }

  sourceOf(reader: string, owner: PeerId): string | undefined {
    return this.#sources.get(`${reader} ${owner}`)
  }

  /** What is written and not durable yet, in all markets of a peer. */
  pendingOf(peer: string, market: string): readonly JournalRecord[] {
    return this.#pending.get(`${peer} ${market}`) ?? []
  }

  isSeparated(one: string, other: string): boolean {
    if (this.#cuts.some(([from, to]) => (from === one && to === other) || (from === other && to === one))) return true
    const [here, there] = [one, other].map(name => this.#groups.find(group => group.includes(name)))
    return here !== undefined && there !== undefined && here !== there
  }

  /** To be told of every event before anybody looks at it. */
  take(event: Happened): void {
    this.atMs = event.atMs
    switch (event.type) {
      case 'started':
        return this.#start(event)
      case 'ended':
        this.gone.add(event.peer)
        return
      case 'appended':
        return this.#append(event)
      case 'synced':
        return this.#harden(event)
      case 'arrived':
        return this.#arrive(event)
      case 'sent':
        return this.#send(event)
      case 'fault':
        return this.#fault(event.text)
      case 'lost':
      case 'asked':
      case 'answered':
      case 'told':
        return
    }
  }

  /** Behind those who look at it: what an event has brought to an end. */
  leave(event: Happened): void {
    if (event.type === 'lost') this.#pending.delete(`${event.peer} ${event.market}`)
    if (event.type === 'ended') this.untold.delete(event.peer)
  }

  /** Behind those who look at it: what a fact says counts from here on. */
  add(fact: Fact, { peer, market, atMs }: Happening<'appended'>): void {
    switch (fact.type) {
      case 'accepted':
        return this.#accept(fact, peer, market)
      case 'intent':
        return this.#begin(fact, peer, market)
      case 'settled': {
        const file = this.channelOf(peer, market, fact.maker)
        if (file) file.settledAtMs = atMs
        for (const { orderId } of file?.batch.proposals ?? []) this.orders.get(orderId)?.asked.delete(fact.maker)
        return
      }
      case 'closing':
        return this.#change(fact.orderId, file => (file.closing = fact.reason))
      case 'closing_all':
        for (const file of this.orders.values())
          if (file.owner === peer && file.market === market && isAmong(file, fact)) file.closing ??= 'cancelled_by_user'
        return
      case 'entered':
        return this.#enter(fact, peer, market)
      case 'returned':
        return this.#change(fact.orderId, file => (file.left -= fact.quantity))
      case 'triggered':
        return
      case 'lapsed':
        return this.#change(fact.orderId, file => (file.left -= fact.quantity))
      case 'entry':
        return this.#addEntry(fact.entry)
      case 'forced':
        return this.#change(this.#forcedOrderOf(fact, peer, market), file => (file.left -= fact.filled))
      case 'attempt':
      case 'attempt_decided':
      case 'held':
      case 'hold_ended':
      case 'answered':
      case 'reported':
      case 'disputed':
      case 'passed_over':
        return
    }
  }

  #forcedOrderOf({ maker, tradeId }: Fact & { type: 'forced' }, taker: string, market: string): OrderId | undefined {
    const proposals = this.channelOf(taker, market, maker)?.batch.proposals ?? []
    return proposals.find(proposal => proposal.tradeId === tradeId)?.orderId
  }

  #start({ peer, peerId, life, atMs }: Happening<'started'>): void {
    this.#lives.set(peer, life)
    this.#names.set(peerId, peer)
    this.startedAtMs.set(peer, atMs)
    this.gone.delete(peer)
  }

  #append({ peer, market, record, atMs }: Happening<'appended'>): void {
    const key = `${peer} ${market}`
    const pending = this.#pending.get(key) ?? []
    pending.push(record)
    this.#pending.set(key, pending)
    if (record.segment && beginsCheckpoint(record.segment)) this.checkpoints.set(record.segment.body, atMs)
  }

  #harden({ peer, market, count }: Happening<'synced'>): void {
    const key = `${peer} ${market}`
    const durable = this.#durable.get(key) ?? 0
    const records = this.#pending.get(key)?.splice(0, count - durable) ?? []
    this.#durable.set(key, count)
    const untold = this.untold.get(peer) ?? new Set()
    for (const fact of records.flatMap(({ facts }) => facts)) if (fact.type === 'answered') untold.add(fact.answer.body)
    this.untold.set(peer, untold)
  }

  #send({ message, said: { reply } }: Happening<'sent'>): void {
    if (!reply || !('answer' in reply)) return
    const answer = reply['answer'] as Signed
    this.untold.get(nameAt(message.from))?.delete(answer.body)
    const file = this.batchOf(contentOf(answer) as Answer)
    if (file) file.answers += 1
  }

  #arrive({ message, said: { request, reply } }: Happening<'arrived'>): void {
    const [from, to] = [nameAt(message.from), nameAt(message.to)]
    if (request?.type === 'segments') this.#sources.set(`${to} ${request['owner'] as string}`, from)
    const owner = reply && ownerIn(reply)
    if (owner) this.#sources.set(`${to} ${owner}`, from)
    if (request?.type !== 'propose' && request?.type !== 'withdraw') return
    const file = this.batchIn(request['batch'])
    if (file) file[request.type === 'propose' ? 'proposes' : 'withdraws'] += 1
  }

  #fault(text: string): void {
    const [word, ...rest] = text.split(' ')
    if (word === 'skew') this.hasSkew = true
    if (word === 'partition')
      this.#groups = rest
        .join(' ')
        .split('|')
        .map(group => group.trim().split(/ +/))
    if (word === 'cut') this.#cuts = [...this.#cuts, [rest[0] ?? '', rest[2] ?? '']]
    if (word !== 'heal') return
    this.#groups = []
    this.#cuts = []
  }

  #accept({ order, conditions }: Fact & { type: 'accepted' }, owner: string, market: string): void {
    const others = [...this.#names.values()].filter(name => name !== owner)
    this.orders.set(order.id, {
      ...{
        owner,
        market,
        order,
        conditions,
        life: this.lifeOf(owner),
        atMs: this.atMs,
        isPlaced: false,
        closing: null,
      },
      separatedFrom: new Set(others.filter(name => this.isSeparated(owner, name))),
      takers: new Set(),
      asked: new Set(),
      left: order.quantity,
    })
  }

  /** A part is an order like others; its whole has what is left of all. */
  #enter({ order, wholeId }: Fact & { type: 'entered' }, owner: string, market: string): void {
    const whole = this.orders.get(wholeId)
    if (whole)
      this.#accept({ type: 'accepted', order, conditions: whole.conditions, clientOrderId: null }, owner, market)
  }

  #begin({ batch, signed, hash }: Fact & { type: 'intent' }, taker: string, market: string): void {
    const maker = this.nameOf(batch.maker)
    const before = this.channelOf(taker, market, batch.maker) ?? null
    const file: BatchFile = {
      ...{ batch, taker, maker, atMs: this.atMs, takerLife: this.lifeOf(taker), makerLife: this.lifeOf(maker) },
      ...{ proposes: 0, withdraws: 0, answers: 0, settledAtMs: null },
      // Of a chain of batches only the last link is of interest.
      before: before && { ...before, before: null },
    }
    this.#batchesByBody.set(signed.body, file)
    this.#batchesByHash.set(hash, file)
    this.#channels.set(`${taker} ${market} ${batch.maker}`, file)
    for (const { orderId } of batch.proposals) this.orders.get(orderId)?.asked.add(batch.maker)
  }

  #addEntry(entry: Entry): void {
    if (entry.type === 'placed') return this.#change(entry.order.id, file => (file.isPlaced = true))
    if (entry.type === 'opened' || entry.type === 'checkpoint') return
    this.#change(entry.orderId, file => {
      file.left = entry.remaining
      if (isMaker(entry)) file.takers.add(entry.counterparty.peer)
    })
  }

  #change(id: OrderId | undefined, change: (file: OrderFile) => void): void {
    const file = id && this.orders.get(id)
    if (file) change(file)
  }
}

function isAmong({ order, left }: OrderFile, { side, account }: Fact & { type: 'closing_all' }): boolean {
  return left > 0 && (side === null || order.side === side) && (account === null || order.account === account)
}

function isMaker(entry: Entry): entry is Filled {
  return entry.type === 'filled' && entry.liquidity === 'maker'
}

/** The facts of a record with its entries in their places. */
export function factsIn(record: JournalRecord): readonly Fact[] {
  return factsOf(record, segmentIn(record)?.entries ?? [])
}

export function segmentIn({ segment }: JournalRecord): Segment | null {
  return segment && (contentOf(segment) as Segment)
}

/** Whose feed the segments in a reply are of. */
export function ownerIn(reply: Readonly<Record<string, unknown>>): PeerId | null {
  const [first] = (reply['segments'] ?? []) as readonly Signed[]
  return first ? (contentOf(first) as Segment).owner : null
}

/** A checkpoint of nothing teaches nobody anything. */
function beginsCheckpoint({ body }: Words): boolean {
  return body.includes('"type":"checkpoint","part":0') && !body.includes('"open":0')
}
