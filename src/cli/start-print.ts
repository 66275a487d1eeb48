/** A demonstration's report for people: who traded how much, the tape, the book as a ladder, the verdict. Gives text, never prints. */
import colors from 'picocolors'
import type { DemonstrationReport, PeerReport } from '../scenario/demonstration-report.ts'
import { tableOf } from './table.ts'

type Level = DemonstrationReport['book']['bids'][number]

const ladderLevelsMax = 6
const hashCharacters = 16
/** More would scroll away what matters. */
const violationsMax = 20

export function printed(report: DemonstrationReport): string {
  const { market, transport, seed } = report
  return [
    `${colors.bold(market)} on ${transport}, seed ${seed}`,
    heading('Peers'),
    peersTable(report.peers),
    heading('Last trades'),
    tapeTable(report),
    heading('Book'),
    ladder(report),
    heading('Verdict'),
    verdict(report),
    '',
  ].join('\n')
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

function tapeTable({ peers, lastTrades }: DemonstrationReport): string {
  if (lastTrades.length === 0) return 'none'
  const nameOf = new Map(peers.map(({ id, name }) => [id, name]))
  const rows = lastTrades.map(({ maker, taker, price, quantity }) => [
    nameOf.get(taker.peer) ?? taker.peer,
    maker.side === 'sell' ? 'bought from' : 'sold to',
    nameOf.get(maker.peer) ?? maker.peer,
    quantity,
    price,
  ])
  return tableOf(['taker', '', 'maker', 'quantity', 'price'], rows, 3)
}

/** Asks above bids, the best ones in the middle. */
function ladder({ book: { asks, bids } }: DemonstrationReport): string {
  const askRow = ({ price, quantity, orders }: Level) => ['', '', price, quantity, `${orders}`]
  const bidRow = ({ price, quantity, orders }: Level) => [`${orders}`, quantity, price, '', '']
  const rows = [...asks.slice(0, ladderLevelsMax).reverse().map(askRow), ...bids.slice(0, ladderLevelsMax).map(bidRow)]
  return tableOf(['orders', 'bid', 'price', 'ask', 'orders'], rows, 0)
}

function verdict(report: DemonstrationReport): string {
  return [...figures(report), agreement(report), ...violations(report)].join('\n')
}

function figures(report: DemonstrationReport): string[] {
  const { trades, tradesBetweenPeers, tradesPerSecond, requestsPerTrade, refusals } = report
  const { meetingMs, tradingMs, restingMs, transport } = report
  const refused = Object.entries(refusals).map(([reason, count]) => `${count} ${reason}`)
  return [
    `${trades} trades, ${tradesBetweenPeers} of them between two peers; ${tradesPerSecond} trades/s` +
      (requestsPerTrade === null ? '' : `, ${requestsPerTrade} requests for each trade`),
    `${meetingMs} ms to meet, ${tradingMs} ms to trade, ${restingMs} ms to come to rest` +
      (transport === 'simulated' ? ' (virtual time)' : ''),
    ...(refused.length > 0 ? [`refused commands: ${refused.join(', ')}`] : []),
  ]
}

function agreement({ agreed, peers }: DemonstrationReport): string {
  if (!agreed) return colors.red('the books do not agree')
  return colors.green(`all ${peers.length} books agree: ${peers[0]?.bookHash.slice(0, hashCharacters) ?? ''}…`)
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
