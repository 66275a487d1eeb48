/** A demonstration's report for people: who traded how much, the tape, the book as a ladder, for each market, and the verdict. Gives text, never prints. */
import { coloursOf } from './colours.ts'
import type { DemonstrationReport, MarketReport, PeerReport } from '../scenario/demonstration-report.ts'
import { tableOf } from './table.ts'

const colors = coloursOf(process.stdout)

type Level = MarketReport['book']['bids'][number]

const ladderLevelsMax = 6
const hashCharacters = 16
/** More would scroll away what matters. */
const violationsMax = 20

export function printed(report: DemonstrationReport): string {
  const { markets, transport, seed } = report
  const names = markets.map(({ id }) => colors.bold(id)).join(', ')
  return [
    `${names} on ${transport}, seed ${seed}`,
    ...markets.flatMap(market => marketLines(market, markets.length > 1)),
    heading('Verdict'),
    verdict(report),
    '',
  ].join('\n')
}

/** One of several markets shows less of its tape and book, and says in its headings which one it is. */
function marketLines(market: MarketReport, isOneOfSeveral: boolean): string[] {
  const of = isOneOfSeveral ? `, ${market.id}` : ''
  const [tradesMax, levelsMax] = isOneOfSeveral ? [3, 3] : [Number.POSITIVE_INFINITY, ladderLevelsMax]
  return [
    heading(`Peers${of}`),
    peersTable(market.peers),
    heading(`Last trades${of}`),
    tapeTable(market, tradesMax),
    heading(`Book${of}`),
    ladder(market, levelsMax),
  ]
}

function heading(text: string): string {
  return `\n${colors.bold(text)}`
}

function peersTable(peers: readonly PeerReport[]): string {
  const head = [
    'peer',
    'placed',
    'filled',
    'cancelled',
    'lapsed',
    'open',
    'trades',
    'of them own',
    'bought',
    'sold',
    'received',
  ]
  const rows = peers.map(peer => [
    peer.name,
    ...[peer.placed, peer.filled, peer.cancelled, peer.lapsed, peer.open, peer.trades, peer.ownTrades].map(String),
    ...[peer.bought, peer.sold, peer.received],
  ])
  return tableOf(head, rows)
}

function tapeTable({ peers, lastTrades }: MarketReport, tradesMax: number): string {
  if (lastTrades.length === 0) return 'none'
  const nameOf = new Map(peers.map(({ id, name }) => [id, name]))
  const rows = lastTrades
    .slice(-tradesMax)
    .map(({ maker, taker, price, quantity }) => [
      nameOf.get(taker.peer) ?? taker.peer,
      maker.side === 'sell' ? 'bought from' : 'sold to',
      nameOf.get(maker.peer) ?? maker.peer,
      quantity,
      price,
    ])
  return tableOf(['taker', '', 'maker', 'quantity', 'price'], rows, 3)
}

/** Asks above bids, the best ones in the middle. */
function ladder({ book: { asks, bids } }: MarketReport, levelsMax: number): string {
  const askRow = ({ price, quantity, orders }: Level) => ['', '', price, quantity, `${orders}`]
  const bidRow = ({ price, quantity, orders }: Level) => [`${orders}`, quantity, price, '', '']
  const rows = [...asks.slice(0, levelsMax).reverse().map(askRow), ...bids.slice(0, levelsMax).map(bidRow)]
  return tableOf(['orders', 'bid', 'price', 'ask', 'orders'], rows, 0)
}

function verdict(report: DemonstrationReport): string {
  const agreements = report.markets.map(market => agreement(market, report.markets.length > 1))
  return [...figures(report), ...agreements, ...violations(report)].join('\n')
}

function figures(report: DemonstrationReport): string[] {
  const { trades, tradesBetweenPeers, tradesPerSecond, requestsPerTrade, refusals, lapses } = report
  const { meetingMs, tradingMs, restingMs, transport } = report
  return [
    `${trades} trades, ${tradesBetweenPeers} of them between two peers; ${tradesPerSecond} trades/s` +
      (requestsPerTrade === null ? '' : `, ${requestsPerTrade} requests for each trade`),
    `${meetingMs} ms to meet, ${tradingMs} ms to trade, ${restingMs} ms to come to rest` +
      (transport === 'simulated' ? ' (virtual time)' : ''),
    ...counted('not filled whole', lapses),
    ...counted('refused commands', refusals),
  ]
}

/** The most frequent first. */
function counted(what: string, counts: Readonly<Record<string, number>>): string[] {
  const all = Object.entries(counts).sort(([, one], [, other]) => other - one)
  return all.length > 0 ? [`${what}: ${all.map(([reason, count]) => `${count} ${reason}`).join(', ')}`] : []
}

function agreement({ id, trades, agreed, peers, bookHash }: MarketReport, isOneOfSeveral: boolean): string {
  const where = isOneOfSeveral ? `${id}: ${trades} trades, ` : ''
  if (!agreed) return colors.red(`${where}the books do not agree`)
  return colors.green(`${where}all ${peers.length} books agree: ${bookHash.slice(0, hashCharacters)}…`)
}

function violations({ violations: found }: DemonstrationReport): string[] {
  if (found.length === 0) return [colors.green('0 violations')]
  const more = found.length - violationsMax
  return [
    colors.red(`${found.length} violations:`),
    ...found.slice(0, violationsMax).map(sentence => `  ${sentence}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ]
}
