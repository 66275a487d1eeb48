/** 9 and 11: what a feed says, and what leaves. */
import type { Checkpoint, Entry, Head, Opened } from '../../feed/entry.ts'
import type { Evidence, Segment } from '../../feed/segment.ts'
import type { Signed } from '../../feed/signer.ts'
import type { MarketState } from '../../net/messages.ts'
import type { PeerId } from '../../book/order.ts'
import { contentOf, nameAt } from '../said.ts'
import { fine, unless, type Checker, type Found, type Happening } from './checker.ts'
import type { Exchange } from './exchange.ts'
import { leftOf, type Ledger } from './ledger.ts'

export function feedsHaveNoGap(): Checker {
  return {
    invariant: 9,
    name: 'feedsHaveNoGap',
    always: 'Within an incarnation a feed has no gap and no fork; a newer one names the head that it continues.',
    segment: (segment, _, ledger) => {
      const { head, owner, name } = ledger
      const isOwn = unless(segment.owner === owner, () => `${name} has a segment of somebody else in its journal`)
      if (segment.incarnation !== head?.incarnation) return [...isOwn, ...beginsWell(segment, ledger)]
      const isNext = segment.first === head.sequence + 1 && segment.previous === head.hash
      return [...isOwn, ...unless(isNext, () => `the feed of ${name} is broken at ${segment.first}`)]
    },
  }
}

function beginsWell({ incarnation, first, previous, entries }: Segment, { head, name }: Ledger): Found {
  const [opened, checkpoint] = entries
  const isFirst = first === 1 && previous === null && opened?.type === 'opened' && checkpoint?.type === 'checkpoint'
  return [
    ...unless(isFirst, () => `the feed of ${name} does not begin with its checkpoint at ${first}`),
    ...unless(!head || incarnation > head.incarnation, () => `${name} begins an incarnation that is not its newest`),
    ...(opened?.type === 'opened' ? continues(opened, name, head) : fine),
  ]
}

function continues({ continues: named }: Opened, name: string, head: Head | null): Found {
  return unless(named?.hash === head?.hash, () => `${name} does not name the head that it continues`)
}

export function ordersMoveOnlyDown(): Checker {
  return {
    invariant: 9,
    name: 'ordersMoveOnlyDown',
    always: 'An order is placed once, what remains of it never rises, and what is over stays over.',
    fact: (fact, ledger) => (fact.type === 'entry' ? movesDown(fact.entry, ledger) : fine),
  }
}

function movesDown(entry: Entry, ledger: Ledger): Found {
  if (entry.type === 'checkpoint') return listsWhatIsOpen(entry, ledger)
  // What is forced has been added up with the private fact before it, and is looked at there.
  if (entry.type === 'opened' || entry.type === 'forced') return fine
  const tally = ledger.tallies.get(entry.type === 'placed' ? entry.order.id : entry.orderId)
  if (!tally) return fine
  const { name, isPlaced, order } = tally
  const isOver = unless(leftOf(tally) > 0, () => `${name} is over, and is ${entry.type}`)
  if (entry.type !== 'placed') return isOver
  const { price, side, quantity, remaining } = entry.order
  const isAsAccepted = price === order.price && side === order.side && quantity === order.quantity
  return [
    ...isOver,
    ...unless(!isPlaced, () => `${name} is placed twice`),
    ...unless(isAsAccepted && remaining === leftOf(tally), () => `${name} is placed otherwise than it was accepted`),
  ]
}

/** A checkpoint has exactly what rests, with what is left of it. */
function listsWhatIsOpen({ part, parts, open, orders }: Checkpoint, ledger: Ledger): Found {
  const listed = new Map(part === 0 ? [] : ledger.checkpoint)
  for (const { id, remaining } of orders) listed.set(id, remaining)
  const wrong = orders.filter(({ id, remaining }) => {
    const tally = ledger.tallies.get(id)
    return !tally?.isPlaced || leftOf(tally) !== remaining
  })
  const resting = part === parts - 1 ? [...ledger.resting()] : []
  const missing = resting.filter(({ order }) => !listed.has(order.id))
  return [
    ...wrong.map(
      ({ id }) => `a checkpoint of ${ledger.name} has ${ledger.tallies.get(id)?.name ?? id} otherwise than it is`,
    ),
    ...missing.map(({ name }) => `a checkpoint of ${ledger.name} leaves ${name} out`),
    ...unless(part < parts - 1 || open === listed.size, () => `a checkpoint of ${ledger.name} counts its orders wrong`),
  ]
}

export function evidenceIsReal(exchange: Exchange): Checker {
  return {
    invariant: 11,
    name: 'evidenceIsReal',
    always: "A trade between peers rests on the other side's own durable words.",
    segment: ({ entries, evidence }, _, { name, owner }) =>
      entries.flatMap(entry => {
        if (entry.type !== 'filled' || entry.counterparty.peer === owner) return fine
        const words = entry.evidence === null ? undefined : evidence[entry.evidence]
        return unless(
          words !== undefined && isReal(exchange, words, entry.counterparty.peer),
          () =>
            `${name} books the trade ${entry.tradeId} on words that ${exchange.nameOf(entry.counterparty.peer)} has not said`,
        )
      }),
  }
}

function isReal(exchange: Exchange, evidence: Evidence, by: PeerId): boolean {
  return 'signed' in evidence ? exchange.isDurable(evidence.signed) : exchange.isHeadOf(by, evidence.segment)
}

/**
 * What is signed is in its author's durable journal before anybody can hear it, and nobody has any other. This is also why nothing
 * changes a book without the right signature: everything that goes round has been read where it was written; a segment is written there
 * without its signature, which is verified.
 */
export function nothingLeavesBeforeItIsDurable(exchange: Exchange): Checker {
  const known = new Set<string>()
  return {
    invariant: 9,
    name: 'nothingLeavesBeforeItIsDurable',
    always:
      'Every segment, answer, batch and head that leaves a peer stands in the durable journal of its owner by then.',
    happened: {
      sent: event => [
        ...textsIn(event).flatMap(({ what, signed }) =>
          unless(
            exchange.isDurable(signed) || isOfForker(exchange, signed),
            () => `${nameAt(event.message.from)} sends ${what} that no durable journal has`,
          ),
        ),
        ...headsIn(event, known).flatMap(({ owner, head }) =>
          unless(
            exchange.isHeadOf(owner, head),
            () =>
              `${nameAt(event.message.from)} tells of a head of ${exchange.nameOf(owner)} that is not durable: ${head.sequence}`,
          ),
        ),
      ],
    },
  }
}

/** Read only where the text is not known. */
function isOfForker({ forkers }: Exchange, signed: Signed): boolean {
  return forkers.size > 0 && forkers.has((contentOf(signed) as Partial<Segment>).owner ?? ('' as PeerId))
}

interface Text {
  readonly what: string
  readonly signed: Signed
}

function textsIn({ message, said: { request, reply } }: Happening<'sent'>): readonly Text[] {
  if (message.kind === 'request') {
    if (request?.type === 'segments') return segmentsIn(request['segments'])
    if (request?.type === 'propose' || request?.type === 'withdraw')
      return [{ what: 'a batch', signed: request['batch'] as Signed }]
    return []
  }
  if (!reply) return []
  if ('answer' in reply) return [{ what: 'an answer', signed: reply['answer'] as Signed }]
  return 'segments' in reply ? segmentsIn(reply['segments']) : []
}

function segmentsIn(segments: unknown): readonly Text[] {
  return (segments as readonly Signed[]).map(signed => ({ what: 'a segment', signed }))
}

interface OwnerHead {
  readonly owner: PeerId
  readonly head: Head
}

/** Beats mostly repeat what has been said before; `known` has it. */
function headsIn({ said: { request, reply } }: Happening<'sent'>, known: Set<string>): readonly OwnerHead[] {
  const spoken =
    (request?.type === 'beat' ? request['beat'] : request?.type === 'hello' ? request['hello'] : null) ??
    reply?.['beat'] ??
    reply?.['hello']
  if (spoken) return ownHeadsIn(spoken as Signed, known)
  return (reply?.['heads'] as readonly OwnerHead[] | undefined) ?? []
}

/** Heads that a journal has once it has for ever, so that the same words need no second look. */
function ownHeadsIn({ body }: Signed, known: Set<string>): readonly OwnerHead[] {
  const marketsText = body.slice(body.indexOf('"markets":'))
  if (known.has(marketsText)) return []
  if (known.size < textsMax) known.add(marketsText)
  const { from, markets } = JSON.parse(body) as { readonly from: PeerId; readonly markets: readonly MarketState[] }
  return markets.flatMap(({ head }) => (head ? [{ owner: from, head }] : []))
}

/** Texts that need no second look; beyond it they are looked at again. */
const textsMax = 10_000
