/** What of a cast is still moving, in sentences; nothing when it is settled: everybody has read the same feeds and told all of it. */
import type { MarketId } from '../book/market.ts'
import type { OrderId, PeerId } from '../book/order.ts'
import type { Cast, Member } from './cast.ts'

export function unrestOf(cast: Cast): string[] {
  return [
    ...cast.pending.map(what => `${what} has not come`),
    ...cast.onStage.flatMap(member => unrestOfMember(cast, member)),
    ...unreadFeeds(cast),
  ]
}

/** False as soon as one thing moves, without looking for the others; what takes long to look at comes last. */
export function isSettled(cast: Cast): boolean {
  return (
    cast.pending.length === 0 &&
    cast.onStage.every(member => cast.unseenBy(member).length === 0 && unrestOfBooks(cast, member).length === 0) &&
    unreadFeeds(cast).length === 0 &&
    cast.onStage.every(member => untold(cast, member).length === 0)
  )
}

function unrestOfMember(cast: Cast, member: Member): string[] {
  const moving = [...unseen(cast, member), ...unrestOfBooks(cast, member), ...untold(cast, member)]
  return moving.map(what => `${member.name}: ${cast.inNames(what)}`)
}

function unrestOfBooks(cast: Cast, member: Member): string[] {
  const gone = new Set(cast.members.filter(({ isOnStage }) => !isOnStage).map(({ peer }) => peer.id))
  return cast.booksOf(member).flatMap(book =>
    book.unrest({
      gone,
      isOnOffer: id => isOnOffer(cast, id),
      isHeldUp: (taker, maker) => isHeldUp(cast, book.market.id, taker, maker, gone),
    }),
  )
}

function isHeldUp(cast: Cast, market: MarketId, taker: PeerId, maker: PeerId, gone: ReadonlySet<PeerId>): boolean {
  const trader = cast.onStage.find(({ peer }) => peer.id === taker)
  return trader?.peer.markets.some(({ id }) => id === market) === true && trader.peer.book(market).isHeldUp(maker, gone)
}

/** What its owner holds for a peer that has gone is no offer, though everybody sees it. */
function isOnOffer(cast: Cast, id: OrderId): boolean {
  return cast.onStage.every(member => cast.booksOf(member).every(book => book.isOnOffer(id) !== false))
}

/** Who does not see the others as live neighbours has not said its last word to them. */
function unseen(cast: Cast, member: Member): string[] {
  return cast.unseenBy(member).map(({ name }) => `${name} is not a live neighbour`)
}

/** A decision that has not left its book yet shows there before it is told. */
function untold(cast: Cast, member: Member): string[] {
  return cast
    .booksOf(member)
    .flatMap(book => book.ownOrders())
    .filter(now => {
      const told = member.orders.find(({ name }) => name === now.order.clientOrderId)?.outcome
      return JSON.stringify(told) !== JSON.stringify(now)
    })
    .map(({ order }) => `news of ${order.id} has not left the book`)
}

function unreadFeeds(cast: Cast): string[] {
  return cast.markets.flatMap(market => cast.tradersOf(market).flatMap(traders => unreadBy(traders, market.id)))
}

function unreadBy([first, ...others]: readonly Member[], market: MarketId): string[] {
  const digest = first?.peer.book(market).digest()
  return others
    .filter(({ peer }) => peer.book(market).digest() !== digest)
    .map(({ name }) => `${first?.name} and ${name} have not read the same of all feeds`)
}
