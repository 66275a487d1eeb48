/**
 * Carries out the commands of `npm run match` on one engine, and says as text or in totals what they have come to. It keeps the texts
 * that ids and accounts were given as: those of open orders only, so that a long flow needs no more memory than its book.
 */
import { createHash } from 'node:crypto'
import * as code from '../book/engine/codes.ts'
import { FactTape } from '../book/engine/fact-tape.ts'
import { readFacts, type EngineFact } from '../book/engine/facts.ts'
import { MatchingEngine } from '../book/engine/matching-engine.ts'
import type { NewEngineOrder } from '../book/engine/new-order.ts'
import { defaultSelfTradePrevention, type SelfTradePrevention, type Side } from '../book/order.ts'
import { refuse, type Refusal } from '../book/refusal.ts'
import { limits } from '../limits.ts'
import type { MatchCommand, NewOrderLine } from './match-command.ts'

/** One line of output. */
export interface MatchFact {
  /** Of the input, counted from 1. */
  readonly line: number
  readonly fact: EngineFact['kind']
  readonly [field: string]: string | number
}

export interface MatchSummary {
  readonly commands: number
  readonly trades: number
  /** Lots traded. */
  readonly traded: number
  /** How many facts of each kind. */
  readonly facts: Readonly<Record<string, number>>
  /** How many commands were refused for each reason. */
  readonly refused: Readonly<Record<string, number>>
  /** Open orders, stops included. */
  readonly open: number
  readonly bestBid: number | null
  readonly bestAsk: number | null
  readonly lastTradePrice: number | null
  /** SHA-256, hex, over one line `id side price left` for each open order: bids, asks, buy stops, sell stops, first to be met first. */
  readonly bookHash: string
}

/** What no order is known by: the engine refuses it as unknown. */
const unknownHandle = limits.engineOrdersMax + 1
const factsAtATime = 4_096

const preventions: Readonly<Record<SelfTradePrevention, number>> = {
  'cancel-newest': code.CANCEL_NEWEST,
  'cancel-oldest': code.CANCEL_OLDEST,
  'cancel-both': code.CANCEL_BOTH,
  'decrement-and-cancel': code.DECREMENT,
}
const timesInForce = { gtc: 0, ioc: code.IOC, fok: code.FOK } as const

export class MatchPlayer {
  readonly #tell: ((fact: MatchFact) => void) | null
  readonly #tape = new FactTape(factsAtATime, () => this.#read())
  readonly #engine = new MatchingEngine(this.#tape)
  /** Open orders: text to handle, and back. */
  readonly #handles = new Map<string, number>()
  readonly #ids: string[] = []
  readonly #unusedHandles: number[] = []
  readonly #accounts = new Map<string, number>()
  readonly #facts = new Map<string, number>()
  readonly #refused = new Map<string, number>()
  #commands = 0
  #traded = 0
  #line = 0
  /** The id that the command under way names. */
  #named = ''

  /** @param tell is given every fact; null when only the summary is wanted. */
  constructor(tell: ((fact: MatchFact) => void) | null) {
    this.#tell = tell
  }

  /** Gives a refusal only for what no flow can go on with. */
  play(command: MatchCommand, line: number): Refusal | null {
    this.#line = line
    this.#commands += 1
    const { account } = command as { account?: string }
    if (account !== undefined && this.#accountOf(account) === undefined) return tooManyAccounts()
    this.#named = command.do === 'cancelAll' ? '' : command.id
    this.#carryOut(command)
    this.#read()
    return null
  }

  summary(): MatchSummary {
    const engine = this.#engine
    return {
      commands: this.#commands,
      trades: this.#facts.get('trade') ?? 0,
      traded: this.#traded,
      facts: Object.fromEntries(this.#facts),
      refused: Object.fromEntries(this.#refused),
      open: engine.size,
      bestBid: engine.bestPrice('buy') ?? null,
      bestAsk: engine.bestPrice('sell') ?? null,
      lastTradePrice: engine.lastTradePrice ?? null,
      bookHash: this.#hash(),
    }
  }

  #carryOut(command: MatchCommand): void {
    switch (command.do) {
      case 'new':
        return this.#engine.place(this.#orderOf(command))
      case 'cancel':
        return this.#engine.cancel(this.#handleOf(command.id))
      case 'cancelAll':
        return this.#engine.cancelAll(
          command.side && sideCodeOf(command.side),
          command.account === undefined ? undefined : this.#accountOf(command.account),
        )
      case 'amend':
        return this.#engine.amend(this.#handleOf(command.id), command.quantity)
      case 'modify':
        return this.#engine.modify(this.#handleOf(command.id), command.price, command.quantity)
    }
  }

  #orderOf(line: NewOrderLine): NewEngineOrder {
    const { side, quantity, price, timeInForce = 'gtc', postOnly = false, account, displayed, minimum, trigger } = line
    const prevention = preventions[line.selfTradePrevention ?? defaultSelfTradePrevention]
    return {
      id: this.#handles.get(line.id) ?? this.#newHandle(line.id),
      side: sideCodeOf(side),
      // A price of 0 is a mistake here, and a market order there.
      price: price === 0 ? -1 : (price ?? 0),
      quantity,
      account: account === undefined ? 0 : (this.#accountOf(account) ?? 0),
      terms: timesInForce[timeInForce] + (postOnly ? code.POST_ONLY : 0) + prevention,
      ...(displayed === undefined ? {} : { displayed }),
      ...(minimum === undefined ? {} : { minimum }),
      ...(trigger === undefined ? {} : { trigger }),
      ...(line.partner === undefined ? {} : { partner: this.#handleOf(line.partner) }),
    }
  }

  #handleOf(id: string): number {
    return this.#handles.get(id) ?? unknownHandle
  }

  #newHandle(id: string): number {
    const handle = this.#unusedHandles.pop() ?? this.#handles.size + 1
    this.#handles.set(id, handle)
    this.#ids[handle] = id
    return handle
  }

  #accountOf(name: string): number | undefined {
    const known = this.#accounts.get(name)
    if (known !== undefined || this.#accounts.size >= limits.matchAccountsMax) return known
    this.#accounts.set(name, this.#accounts.size + 1)
    return this.#accounts.size
  }

  #read(): void {
    for (const fact of readFacts(this.#tape)) {
      this.#count(fact)
      this.#tell?.(this.#factOf(fact))
      for (const handle of closedBy(fact)) this.#forget(handle)
    }
    this.#tape.clear()
  }

  #count(fact: EngineFact): void {
    add(this.#facts, fact.kind)
    if (fact.kind === 'refused') add(this.#refused, fact.reason)
    if (fact.kind === 'trade') this.#traded += fact.lots
  }

  #factOf(fact: EngineFact): MatchFact {
    const { kind, order } = fact
    const about = { line: this.#line, fact: kind }
    if (kind === 'refused') return { ...about, command: fact.command, order: this.#named, reason: fact.reason }
    const { side, price, lots, left } = fact
    const said = { ...about, order: this.#ids[order] as string, side, ...(price === 0 ? {} : { price }) }
    if (kind === 'trade')
      return { ...said, maker: this.#ids[fact.maker] as string, quantity: lots, left, makerLeft: fact.makerLeft }
    const reason = 'reason' in fact && fact.reason !== null ? { reason: fact.reason } : {}
    return { ...said, quantity: lots, left, ...reason }
  }

  #forget(handle: number): void {
    const id = this.#ids[handle]
    if (id === undefined || !this.#handles.delete(id)) return
    this.#ids[handle] = ''
    this.#unusedHandles.push(handle)
  }

  #hash(): string {
    const hash = createHash('sha256')
    for (const { id, side, price, remaining, hidden } of this.#engine.orders())
      hash.update(`${this.#ids[id]} ${side === code.BUY ? 'buy' : 'sell'} ${price} ${remaining + hidden}\n`)
    return hash.digest('hex')
  }
}

/** The handles of orders that are over with this fact. */
function closedBy(fact: EngineFact): number[] {
  if (fact.kind === 'cancelled') return [fact.order]
  if (fact.kind === 'refused')
    return fact.command === 'new' && fact.reason !== 'order_already_exists' ? [fact.order] : []
  if (fact.kind !== 'trade') return []
  return [...(fact.left === 0 ? [fact.order] : []), ...(fact.makerLeft === 0 ? [fact.maker] : [])]
}

function sideCodeOf(side: Side): code.SideCode {
  return side === 'buy' ? code.BUY : code.SELL
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

function tooManyAccounts(): Refusal {
  return refuse('too_many_accounts', `a flow may name at most ${limits.matchAccountsMax} accounts.`)
}
