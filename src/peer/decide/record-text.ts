/**
 * The written form of a journal record. JSON, as the record is, but for what every order brings: an accepted order is a row, and an entry,
 * which stands in the segment, is null.
 *
 *     {"segment":{"body":"…","signature":"…"},"facts":[["0199…","buy",101,5,"gtc","main",null],null]}
 */
import { plainConditions, type Conditions, type NewOrder } from '../../book/order.ts'
import type { Signed } from '../../feed/signer.ts'
import type { Replaced } from './event.ts'
import type { Fact } from './fact.ts'
import { entryInSegment, type JournalRecord, type RecordedFact } from './group.ts'

type Accepted = Fact & { type: 'accepted' }

/** Conditions are null where they are plain; they and what is replaced are left out where nothing of both is to be said. */
type AcceptedRow = readonly [
  ...order: [NewOrder['id'], NewOrder['side'], NewOrder['price'], number, NewOrder['timeInForce'], string],
  clientOrderId: string | null,
  conditions?: Conditions | null,
  replaces?: Replaced,
]

type Written = Exclude<RecordedFact, Accepted | typeof entryInSegment> | AcceptedRow | null

export function textOf({ segment, facts }: JournalRecord): string {
  return JSON.stringify({ segment, facts: facts.map(written) })
}

/** The record of a text from the own journal: its form is known. */
export function recordOf(text: string): JournalRecord {
  const { segment, facts } = JSON.parse(text) as { readonly segment: Signed | null; readonly facts: readonly Written[] }
  return { segment, facts: facts.map(read) }
}

function written(fact: RecordedFact): Written {
  if (fact.type === 'entry') return null
  return fact.type === 'accepted' ? rowOf(fact) : fact
}

function rowOf({ order, clientOrderId, conditions, replaces }: Accepted): AcceptedRow {
  const { id, side, price, quantity, timeInForce, account } = order
  if (replaces) return [id, side, price, quantity, timeInForce, account, clientOrderId, conditions, replaces]
  if (conditions === plainConditions) return [id, side, price, quantity, timeInForce, account, clientOrderId]
  return [id, side, price, quantity, timeInForce, account, clientOrderId, conditions]
}

function read(fact: Written): RecordedFact {
  if (fact === null) return entryInSegment
  return isRow(fact) ? acceptedOf(fact) : fact
}

function isRow(fact: Exclude<Written, null>): fact is AcceptedRow {
  return Array.isArray(fact)
}

function acceptedOf(row: AcceptedRow): Accepted {
  const [id, side, price, quantity, timeInForce, account, clientOrderId, conditions, replaces] = row
  const order = { id, side, price, quantity, timeInForce, account }
  const accepted = { type: 'accepted', order, conditions: conditions ?? plainConditions, clientOrderId } as const
  return replaces ? { ...accepted, replaces } : accepted
}
