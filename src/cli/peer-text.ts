/** What a peer in a terminal tells, as lines for people. Gives text, prints nothing. */
import type { Colours } from '../scenario/report.ts'
import { peerHelp } from './peer-command.ts'
import type {
  Answer,
  DisputeRow,
  Happening,
  LevelRow,
  OrderRow,
  Presence,
  Sides,
  TapeEntry,
  Told,
} from './peer-told.ts'
import { tableOf } from './table.ts'

type Of<T extends Told['type']> = Extract<Told, { type: T }>

/** No line when there is nothing to say that has not been said. */
export function linesOf(told: Told, colours: Colours): string[] {
  return 'line' in told ? answerLines(told, colours) : happeningLines(told, colours)
}

function happeningLines(told: Happening, colours: Colours): string[] {
  switch (told.type) {
    case 'started':
      return startedLines(told, colours)
    case 'grapes_started':
      return grapesLines(told, colours)
    case 'inspected':
      return [`what this peer does is shown at ${colours.bold(told.url)}`]
    case 'order':
      return told.news.map(line => `${colours.bold(told.order)} ${line}`)
    case 'in_doubt':
      return [
        colours.red(
          `${told.order} is in doubt: ${told.quantity} may still be filled, another peer has not decided on it`,
        ),
      ]
    case 'disputed':
      return [colours.red(disputeLine(told))]
    case 'doubt_over':
      return [`${told.order} is no longer in doubt`]
    case 'trade':
      return told.isOwn ? [] : [colours.dim(tradeLine(told))]
    case 'neighbour':
      return [neighbourLine(told, colours)]
    case 'unanswered':
      return [colours.red(`nobody answers at ${told.address} (${words(told.reason)}); it is tried again`)]
    case 'given_up':
      return [
        colours.red(`nobody has answered at ${told.address}: it is not tried again until somebody is heard from there`),
      ]
    case 'grape':
      return [told.state === 'reachable' ? `the grape ${told.url} answers` : colours.red(grapeLine(told))]
    case 'without_dht':
      return [colours.red(withoutDht(told))]
    case 'failure':
      return [colours.red(`something failed inside this peer: ${told.sentence}`)]
    case 'notice':
      return [told.sentence]
    case 'stopping':
      return ['stopping: what is undecided is waited for']
    case 'stopped':
      return [stoppedLine(told)]
  }
}

function answerLines(answer: Answer, colours: Colours): string[] {
  switch (answer.type) {
    case 'refused':
      return [colours.red(`${answer.order === null ? '' : `${answer.order} `}refused: ${answer.sentence}`)]
    case 'placed':
    case 'cancelling':
    case 'amended':
    case 'forced':
    case 'waited':
      return []
    case 'cancelling all':
      return answer.outcomes.length === 0 ? ['no orders to cancel'] : []
    case 'book':
      return bookLines(answer, colours)
    case 'book_orders':
      return bookOrderLines(answer, colours)
    case 'trades':
      return tradesLines(answer)
    case 'orders':
      return ordersLines(answer)
    case 'doubts':
      return doubtsLines(answer)
    case 'disputes':
      return answer.disputes.length === 0 ? ['no disputes'] : answer.disputes.map(disputeLine)
    case 'neighbours':
      return neighboursLines(answer)
    case 'health':
      return healthLines(answer, colours)
    case 'market':
      return [`the market is ${answer.market}`]
    case 'banned':
      return [`${answer.peer} is banned (${words(answer.ban.reason)}); unban ${answer.peer} ends it`]
    case 'pardoned':
      return [`${answer.peer} is no longer banned`]
    case 'help':
      return tableOf(['line', 'what it does'], peerHelp, 2).split('\n')
  }
}

function startedLines(
  { name, address, peerId, pid, markets, key, network }: Of<'started'>,
  colours: Colours,
): string[] {
  const where = network === 'main' ? '' : ` in the network ${network}`
  return [
    `${colours.bold(name)} trades ${markets.join(' and ')} at ${address}${where} (process ${pid})`,
    `its id is ${peerId}`,
    ...(key?.isNew === true ? [`its new key is in ${key.file}: whoever reads it can trade in its name`] : []),
    ...(key === null ? ['its key is not kept: at the next start it is somebody else (--key keeps it)'] : []),
    ...(key?.isNew === false ? ['orders are kept in memory: those of earlier starts are over'] : []),
  ]
}

function grapesLines({ urls, command }: Of<'grapes_started'>, colours: Colours): string[] {
  return [
    `grapes run here as long as this peer does: ${urls.join(' and ')}`,
    'others join with',
    `  ${colours.bold(command)}`,
  ]
}

function tradeLine({ trade, makerOrder, takerOrder }: TapeEntry): string {
  const does = trade.maker.side === 'sell' ? 'bought from' : 'sold to'
  return `trade ${trade.quantity} @ ${trade.price}: ${takerOrder} ${does} ${makerOrder}`
}

const presences: Readonly<Record<Presence, string>> = {
  coming: 'is coming',
  live: 'is live',
  suspect: 'is suspect: its orders are not matched',
  leaving: 'is leaving: its orders are not matched',
  unavailable: 'is unavailable: its orders are not matched',
  banned: 'is banned: its orders are not matched, and it is proposed nothing',
  gone: 'is gone',
}

function neighbourLine({ name, address, state, reason }: Of<'neighbour'>, colours: Colours): string {
  const why = reason === null || state === 'live' ? '' : ` (${words(reason)})`
  const line = `neighbour ${name} at ${address} ${presences[state]}${why}`
  if (state === 'live') return colours.green(line)
  return state === 'coming' ? colours.dim(line) : colours.red(line)
}

function grapeLine({ url, sentence }: { readonly url: string; readonly sentence: string }): string {
  return `the grape ${url} cannot be used: ${sentence}`
}

function withoutDht({ live }: Of<'without_dht'>): string {
  const rest = live === 0 ? 'no neighbour is live' : `trading goes on with ${live} live ${plural(live, 'neighbour')}`
  return `no grape can be used: others cannot be found, and ${rest}; the grapes are tried again`
}

function stoppedLine({ openOrders }: Of<'stopped'>): string {
  if (openOrders.length === 0) return 'stopped'
  const count = `${openOrders.length} open ${plural(openOrders.length, 'order')}`
  return `stopped with ${count}, which others see and cannot match`
}

function bookLines({ market, levels }: Of<'book'>, colours: Colours): string[] {
  if (isEmpty(levels)) return [`the book of ${market} is empty`]
  const row = ({ side, price, quantity, orders, staleQuantity, staleOrders }: LevelRow) => [
    ...[word(side), price, quantity, `${orders}`],
    staleOrders === 0 ? '' : `${staleQuantity} in ${staleOrders}`,
  ]
  return ladder(market, levels, row, ['', 'price', 'quantity', 'orders', 'stale'], 1, colours)
}

function bookOrderLines({ market, orders }: Of<'book_orders'>, colours: Colours): string[] {
  if (isEmpty(orders)) return [`the book of ${market} is empty`]
  const row = ({ side, order, state, price, remaining }: OrderRow) => [word(side), order, state, price, remaining]
  return ladder(market, orders, row, ['', 'order', '', 'price', 'quantity'], 3, colours)
}

/** Asks above bids, the best ones in the middle. */
function ladder<Row>(
  market: string,
  { asks, bids, more }: Sides<Row>,
  row: (one: Row) => string[],
  head: readonly string[],
  wordColumns: number,
  colours: Colours,
): string[] {
  const rows = [...[...asks].reverse(), ...bids].map(row)
  const left = more.asks + more.bids
  return [
    colours.bold(market),
    ...tableOf(head, rows, wordColumns).split('\n'),
    ...(left > 0 ? [`and ${more.asks} more above, ${more.bids} more below`] : []),
  ]
}

function isEmpty({ asks, bids }: Sides<unknown>): boolean {
  return asks.length + bids.length === 0
}

function tradesLines({ trades, more }: Of<'trades'>): string[] {
  if (trades.length === 0) return ['no trades have been seen here']
  const rows = trades.map(({ at, trade, makerOrder, takerOrder }) => [
    ...[at.slice(11, 19), symbolOf(trade.market), takerOrder],
    ...[trade.maker.side === 'sell' ? 'bought from' : 'sold to', makerOrder, trade.quantity, trade.price],
  ])
  const head = ['seen, UTC', 'market', 'taker', '', 'maker', 'quantity', 'price']
  return [...(more > 0 ? [`${more} earlier ones, then`] : []), ...tableOf(head, rows, 5).split('\n')]
}

function ordersLines({ of, orders, more }: Of<'orders'>): string[] {
  if (orders.length === 0) return [of === 'open' ? 'no open orders' : 'no orders']
  const rows = orders.map(({ order, elsewhere, outcome: { order: terms, status, inDoubt } }) => [
    ...[order, elsewhere, symbolOf(terms.market), terms.side, words(status), conditionsOf(terms)],
    ...[terms.price ?? 'any', terms.quantity, terms.filled, terms.remaining, inDoubt],
  ])
  const head = [
    'order',
    'elsewhere',
    'market',
    '',
    'status',
    '',
    'price',
    'quantity',
    'filled',
    'remaining',
    'reserved',
  ]
  return [...(more > 0 ? [`${more} earlier ones, then`] : []), ...tableOf(head, rows, 6).split('\n')]
}

function conditionsOf(order: Of<'orders'>['orders'][number]['outcome']['order']): string {
  const { timeInForce, expiresAtMs, postOnly, minimumQuantity } = order
  const until =
    expiresAtMs === null ? '' : ` until ${new Date(expiresAtMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`
  const least = minimumQuantity === null ? '' : ` min ${minimumQuantity}`
  return `${timeInForce}${until}${least}${postOnly ? ' post-only' : ''}`
}

function doubtsLines({ doubts }: Of<'doubts'>): string[] {
  if (doubts.length === 0) return ['nothing is undecided']
  const rows = doubts.map(({ order, counterparty, doubt: { quantity, price, sinceMs } }) => {
    return [order, counterparty, new Date(sinceMs).toISOString().slice(11, 19), quantity, price]
  })
  return tableOf(['order', 'undecided by', 'since, UTC', 'quantity', 'price'], rows, 3).split('\n')
}

function disputeLine({ order, counterparty, dispute: { quantity, price, filled, decided } }: DisputeRow): string {
  const what = `of ${quantity} @ ${price} with ${counterparty}`
  return `${order} is disputed: ${what} ${filled} was forced as filled, the other side has filled ${decided}`
}

function neighboursLines({ neighbours }: Of<'neighbours'>): string[] {
  if (neighbours.length === 0) return ['no neighbours']
  const rows = neighbours.map(({ label, state, address, markets, reason, clockAheadMs }) => [
    ...[label, state, address, markets.map(symbolOf).join(' '), words(reason ?? '')],
    `${Math.round(clockAheadMs)} ms`,
  ])
  return tableOf(['neighbour', 'state', 'address', 'markets', 'reason', 'clock ahead'], rows, 5).split('\n')
}

function healthLines({ health, live, known, unrest, banned }: Of<'health'>, colours: Colours): string[] {
  const { discovery, counters, failure } = health
  const counts = Object.entries({ ...discovery.counters, ...counters }).filter(([, count]) => count > 0)
  return [
    `neighbours: ${live} live of ${known}`,
    ...(discovery.grapes.length === 0 ? ['no grapes: only peers known beforehand, and who knows this one'] : []),
    ...discovery.grapes.map(({ url, state, sentence }) => `grape ${url} ${state}: ${sentence}`),
    ...(counts.length === 0
      ? ['nothing was refused']
      : [`counted: ${counts.map(([name, n]) => `${n} ${name}`).join(', ')}`]),
    ...banned.map(({ peer, ban: { reason, by, atMs } }) => {
      const since = new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')
      return `banned: ${peer} (${words(reason)}${by === 'proof' ? ', proven' : ''}), since ${since} UTC`
    }),
    ...unrest.map(line => `under way: ${line}`),
    failure === null ? 'nothing has failed' : colours.red(`failed: ${failure}`),
  ]
}

function word(side: 'buy' | 'sell'): string {
  return side === 'buy' ? 'bid' : 'ask'
}

function words(name: string): string {
  return name.replaceAll('_', ' ')
}

function symbolOf(market: string): string {
  return market.split(':')[0] ?? market
}

function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`
}
