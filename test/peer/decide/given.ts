/** Books that decide without actors, streams and wires around them: a test brings what comes in and sees what leaves. */
import { createMarket, type Market } from '../../../src/book/market.ts'
import type { Conditions, OrderId, OwnOrder, PeerId, Side } from '../../../src/book/order.ts'
import type { KeptSegment } from '../../../src/feed/feed.ts'
import { HybridClock } from '../../../src/feed/hybrid-clock.ts'
import { KeyedHashRing } from '../../../src/feed/keyed-hash.ts'
import type { SignedSegment } from '../../../src/feed/segment.ts'
import { segmentOf, type WrittenSegment } from '../../../src/feed/segment-text.ts'
import { hashOf, type Signed } from '../../../src/feed/signer.ts'
import type { Answer, Batch } from '../../../src/net/messages.ts'
import { decide, decideToOpen } from '../../../src/peer/decide/decide.ts'
import type {
  BookEvent,
  BookReply,
  Forcing,
  OrderCommand,
  OrderReport,
  Output,
} from '../../../src/peer/decide/event.ts'
import { closeGroup, type JournalRecord } from '../../../src/peer/decide/group.ts'
import { recordOf, textOf } from '../../../src/peer/decide/record-text.ts'
import { BookState } from '../../../src/peer/decide/state.ts'
import { findOrder, knownOrders } from '../../../src/peer/decide/whole.ts'
import { idSource } from '../../../src/peer/ids.ts'
import { priorityViolations } from '../../../src/sim/priority-violations.ts'
import { Random } from '../../../src/sim/random.ts'

export const market = createMarket({ symbol: 'BTC-USD', tickSize: '1', lotSize: '1' }) as Market
const networkId = 'test'
const standard: Conditions = {
  postOnly: false,
  expiresAtMs: null,
  selfTradePrevention: 'cancel-newest',
  minimum: null,
}
const everything = Number.MAX_SAFE_INTEGER

/** The time that all books of a test share. */
export class World {
  readonly ring = new KeyedHashRing()
  readonly random = new Random(1)
  ms = 1_704_067_200_000

  state(name: string): BookState {
    const clock = new HybridClock(() => this.ms)
    return new BookState(market, {
      networkId,
      signer: this.ring.signer(Buffer.from(name)),
      clock,
      now: () => this.ms,
      random: () => this.random.real(),
      nextId: idSource(clock, count => this.random.bytes(count)),
    })
  }
}

export interface Wanted extends Partial<Conditions> {
  readonly timeInForce?: OrderCommand['timeInForce']
  readonly account?: string
  readonly clientOrderId?: string
}

/** One peer's book, its journal, and all that has left it. */
export class Desk {
  readonly world: World
  readonly name: string
  readonly records: JournalRecord[] = []
  readonly segments: SignedSegment[] = []
  readonly outputs: Output[] = []
  readonly state: BookState
  #requests = 0

  /** Opens the market from a journal, which is empty at the first start. */
  constructor(world: World, name: string, records: readonly JournalRecord[] = []) {
    this.world = world
    this.name = name
    this.state = world.state(name)
    this.records.push(...records)
    decideToOpen(this.state, records)
    this.commit()
  }

  get self(): PeerId {
    return this.state.self
  }

  /** Decides on one event and lets everything leave that follows. */
  take(event: BookEvent): readonly Output[] {
    decide(this.state, event)
    this.#checkPriority()
    return this.commit()
  }

  /** In every decision of every test: no order goes past a better one without a reason. */
  #checkPriority(): void {
    const violations = priorityViolations(this.state, this.state.decisions.facts)
    if (violations.length > 0) throw new Error(`${this.name}: ${violations.join('; ')}`)
  }

  /** Closes groups as long as something waits for one; gives what has left. */
  commit(): readonly Output[] {
    const start = this.outputs.length
    while (!this.state.decisions.isEmpty) {
      const { ownHead } = this.state
      const { record, outputs } = closeGroup(this.state)
      if (record) this.records.push(recordOf(textOf(record)))
      if (record?.segment) this.segments.push(...this.#feed.after(ownHead, everything).slice(-1).map(opened))
      this.outputs.push(...outputs)
    }
    return this.outputs.slice(start)
  }

  /** What answers a request of the user or of another peer; undefined as long as nothing does. */
  ask(event: (requestId: number) => BookEvent): BookReply | undefined {
    const requestId = (this.#requests += 1)
    const replies = this.take(event(requestId)).filter(output => output.type === 'reply')
    return replies.find(reply => reply.requestId === requestId)?.reply
  }

  /** `submit('sell', 5, 101)`: sells 5 lots at 101 ticks, unless more is said a gtc order of the account `main`. */
  submit(side: Side, quantity: number, price: number | null, wanted: Wanted = {}): OrderReport | string {
    const { timeInForce = 'gtc', account = 'main', clientOrderId = null, ...conditions } = wanted
    const command = { side, price, quantity, timeInForce, account, clientOrderId }
    return this.#told({ ...command, conditions: { ...standard, ...conditions } })
  }

  #told(command: OrderCommand): OrderReport | string {
    const before = new Set(knownOrders(this.state))
    const reply = this.ask(requestId => ({ type: 'order.submit', requestId, command }))
    if (reply) return outcomeOf(reply)
    // Not answered yet: something of it is being decided.
    const id = knownOrders(this.state).find(known => !before.has(known)) as OrderId
    return { ...this.latest(id) }
  }

  /** The id of an order that must be accepted. */
  place(side: Side, quantity: number, price: number | null, wanted: Wanted = {}): OrderId {
    const outcome = this.submit(side, quantity, price, wanted)
    if (typeof outcome === 'string') throw new Error(`refused: ${outcome}`)
    return outcome.order.id
  }

  cancel(orderId: OrderId): OrderReport | string | undefined {
    const reply = this.ask(requestId => ({ type: 'order.cancel', requestId, orderId }))
    return reply && outcomeOf(reply)
  }

  /** Another order in place of one. */
  replace(
    orderId: OrderId,
    quantity: number,
    price: number | null,
    wanted: Omit<Wanted, 'account'> = {},
  ): OrderReport | string | undefined {
    const { timeInForce = 'gtc', clientOrderId = null, ...conditions } = wanted
    const replacement = { price, quantity, timeInForce, clientOrderId, conditions: { ...standard, ...conditions } }
    const reply = this.ask(requestId => ({ type: 'order.replace', requestId, orderId, replacement }))
    return reply && outcomeOf(reply)
  }

  /** All orders, or those of a side, an account or both, as they stand then. */
  cancelAll(side: Side | null = null, account: string | null = null): readonly OrderReport[] {
    const reply = this.ask(requestId => ({ type: 'order.cancel_all', requestId, side, account }))
    if (reply?.type !== 'reports') throw new Error('to cancel all is answered with reports')
    return reply.reports
  }

  amend(orderId: OrderId, quantity: number): OrderReport | string | undefined {
    const reply = this.ask(requestId => ({ type: 'order.amend', requestId, orderId, quantity }))
    return reply && outcomeOf(reply)
  }

  /** States how many lots of what is in doubt of an order are filled. */
  force(orderId: OrderId, filled: number, where: Partial<Forcing> = {}): OrderReport | string | undefined {
    const forcing = { orderId, filled, counterparty: null, tradeId: null, ...where }
    const reply = this.ask(requestId => ({ type: 'order.force', requestId, forcing }))
    return reply && outcomeOf(reply)
  }

  /** How an order was last reported. */
  latest(orderId: OrderId): OrderReport {
    const reports = this.outputs.flatMap(output => (output.type === 'order' ? [output.report] : []))
    const latest = reports.findLast(({ order }) => order.id === orderId)
    if (!latest) throw new Error(`the order ${orderId} was never reported`)
    return latest
  }

  own(orderId: OrderId): OwnOrder {
    const order = findOrder(this.state, orderId)
    if (!order) throw new Error(`there is no order ${orderId}`)
    return order
  }

  /** Takes these segments, or whatever the other's feed has behind what has been read of it here. */
  read(other: Desk, segments?: readonly SignedSegment[]): void {
    const head = this.state.feeds.get(other.self)?.head ?? null
    const next = segments ?? other.#feed.after(head, everything).map(opened)
    if (next.length > 0) this.ask(requestId => ({ type: 'feed.segments', requestId, segments: next }))
  }

  /** From here on the other's orders may be matched. */
  meet(other: Desk): void {
    this.take({ type: 'neighbour.live', peer: other.self })
  }

  /** The batches that have left and are not settled, oldest first. */
  batches(): { readonly batch: Batch; readonly signed: Signed }[] {
    return [...this.state.takerChannels.values()].flatMap(({ inFlight }) => (inFlight ? [inFlight] : []))
  }

  /** Decides on a batch of somebody else; gives the signed answer, or why there is none. */
  answer(kind: 'propose' | 'withdraw', batch: Batch, signed: Signed, decided?: Signed): Signed | string {
    const hash = hashOf({ networkId, kind: 'batch', scope: market.id }, signed)
    const decision = decided ? (JSON.parse(decided.body) as Answer) : null
    const reply = this.ask(requestId => ({ type: `batch.${kind}`, requestId, batch, signed, hash, decision }))
    if (reply?.type === 'answer') return reply.answer
    return reply?.type === 'undecided' ? reply.reason : 'not answered'
  }

  /** Takes the answer to a batch of its own. */
  learn(signed: Signed): void {
    this.take({ type: 'batch.answer', answer: JSON.parse(signed.body) as Answer, signed })
  }

  get #feed() {
    return this.state.feedOf(this.self)
  }
}

/** A segment as who gets it reads it. */
function opened({ signed, head }: KeptSegment): SignedSegment {
  return { segment: segmentOf(JSON.parse(signed.body) as WrittenSegment), signed, hash: head.hash }
}

/** Carries one batch of the taker to its maker and the answer back; false when the taker has none. */
export function trade(taker: Desk, maker: Desk, kind: 'propose' | 'withdraw' = 'propose'): boolean {
  const asked = taker.batches().find(({ batch }) => batch.maker === maker.self)
  if (!asked) return false
  const answer = maker.answer(kind, asked.batch, asked.signed)
  if (typeof answer === 'string') throw new Error(`the batch is not decided: ${answer}`)
  taker.learn(answer)
  return true
}

/** Two desks that have met and read each other. */
export function twoDesks(): { world: World; anna: Desk; bob: Desk } {
  const world = new World()
  const [anna, bob] = [new Desk(world, 'anna'), new Desk(world, 'bob')]
  anna.read(bob)
  bob.read(anna)
  anna.meet(bob)
  bob.meet(anna)
  return { world, anna, bob }
}

function outcomeOf(reply: BookReply): OrderReport | string {
  if (reply.type === 'report') return reply.report
  if (reply.type === 'refusal') return reply.refusal.reason
  throw new Error(`a command is not answered with a ${reply.type}`)
}
