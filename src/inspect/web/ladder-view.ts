/** A peer's books as ladders: asks above, bids below, best prices in the middle. */
import type { BookFrame, Level } from '../frame.ts'
import { html } from './element.ts'
import type { Scene } from './scene.ts'

export class LadderView {
  readonly #pane: HTMLElement
  #shown: readonly BookFrame[] = []

  constructor(pane: HTMLElement) {
    this.#pane = pane
  }

  /** All markets of the peer; one alone when it is named. */
  show(scene: Scene, peer: string, market: string | null): void {
    const books = [...scene.books.values()].filter(
      book => book.peer === peer && (market === null || book.market === market),
    )
    if (books.length > 0 && sameBooks(books, this.#shown)) return
    this.#shown = books
    this.#pane.replaceChildren(
      ...(books.length > 0 ? books.map(ladderOf) : [html('p', {}, `No book of ${peer} has been seen yet.`)]),
    )
  }

  showNobody(): void {
    this.#shown = []
    this.#pane.replaceChildren()
  }
}

function sameBooks(some: readonly BookFrame[], others: readonly BookFrame[]): boolean {
  return some.length === others.length && some.every((book, index) => book === others[index])
}

function ladderOf({ peer, market, bids, asks }: BookFrame): HTMLElement {
  const caption = html('caption', {}, `${peer}, ${market}`)
  const heads = ['', 'price', 'quantity', 'orders'].map(text => html('th', { scope: 'col' }, text))
  const rows = [...asks.toReversed().map(level => rowOf('ask', level)), ...bids.map(level => rowOf('bid', level))]
  const empty = html('tr', {}, html('td', { colspan: 4 }, 'the book is empty'))
  const body = html('tbody', {}, ...(rows.length > 0 ? rows : [empty]))
  return html(
    'table',
    { class: 'ladder', 'data-peer': peer, 'data-market': market },
    caption,
    html('thead', {}, html('tr', {}, ...heads)),
    body,
  )
}

function rowOf(side: 'ask' | 'bid', { price, quantity, staleQuantity, orders }: Level): HTMLTableRowElement {
  const stale = Number(staleQuantity) > 0 ? ` (+${staleQuantity} stale)` : ''
  const cells = [price, quantity + stale, String(orders)].map(text => html('td', {}, text))
  return html('tr', { class: side }, html('th', { scope: 'row' }, side), ...cells)
}
