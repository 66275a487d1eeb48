/**
 * The written form of a journal record: a line of JSON, and behind it the segment's body, to the byte. An entry stands in the segment, and
 * is null in the line. What nearly all facts are about, an order that is accepted and placed, is a row, which stands for its entry, too.
 * Without a segment there is one line.
 *
 *     {"facts":[["0199…","buy",101,5,"gtc","main",null],{"type":"passed_over", …},null]}
 *     {"owner":"…","market":"BTCUSD:0.5:0.001", …
 */
import { plainConditions, type Conditions, type NewOrder } from '../../book/order.ts'
import type { Replaced } from './event.ts'
import type { Fact } from './fact.ts'
import type { JournalRecord, RecordedFact } from './group.ts'

type Accepted = Fact & { type: 'accepted' }

const entryInSegment = { type: 'entry' } as const

/** Plain conditions are left out, and so is what is replaced where nothing is. */
type AcceptedRow = readonly [
  ...order: [NewOrder['id'], NewOrder['side'], NewOrder['price'], number, NewOrder['timeInForce'], string],
  clientOrderId: string | null,
  conditions?: Conditions,
  replaces?: Replaced,
]

interface Line {
  readonly facts: readonly Written[]
}

type Written = Exclude<RecordedFact, typeof entryInSegment> | AcceptedRow | null

export function textOf({ segment, facts }: JournalRecord): string {
  const listed = factsText(facts)
  return segment ? `{"facts":[${listed}]}\n${segment.body}` : `{"facts":[${listed}]}`
}

/** The record of a text from the own journal: its form is known. */
export function recordOf(text: string): JournalRecord {
  const end = text.indexOf('\n')
  const { facts } = JSON.parse(end < 0 ? text : text.slice(0, end)) as Line
  const segment = end < 0 ? null : { body: text.slice(end + 1) }
  return { segment, facts: facts.flatMap(read) }
}

function factsText(facts: readonly RecordedFact[]): string {
  const texts: string[] = []
  for (let place = 0; place < facts.length; place += 1) {
    const fact = facts[place] as RecordedFact
    const isRow = fact.type === 'accepted' && facts[place + 1]?.type === 'entry'
    if (isRow) place += 1
    texts.push(isRow ? rowText(fact) : fact.type === 'entry' ? 'null' : JSON.stringify(fact))
  }
  return texts.join(',')
}

/** By hand, which takes half the time: of what nearly all orders say nothing needs to be escaped. */
function rowText({ order, clientOrderId, conditions, replaces }: Accepted): string {
  const { id, side, price, quantity, timeInForce, account } = order
  const named = clientOrderId === null ? 'null' : JSON.stringify(clientOrderId)
  const row = `["${id}","${side}",${price},${quantity},"${timeInForce}","${account}",${named}`
  if (replaces) return `${row},${JSON.stringify(conditions)},${JSON.stringify(replaces)}]`
  return conditions === plainConditions ? `${row}]` : `${row},${JSON.stringify(conditions)}]`
}

function read(fact: Written): RecordedFact | RecordedFact[] {
  if (fact === null) return entryInSegment
  return isRow(fact) ? [acceptedOf(fact), entryInSegment] : fact
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
