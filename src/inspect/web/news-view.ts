/** The scenario as it is played: the latest commands and what was told. */
import type { NewsFrame } from '../frame.ts'
import { html } from './element.ts'

export class NewsView {
  readonly #list: HTMLElement
  #shown: readonly NewsFrame[] = []

  constructor(list: HTMLElement) {
    this.#list = list
  }

  show(news: readonly NewsFrame[]): void {
    if (news.length === this.#shown.length && news.at(-1) === this.#shown.at(-1)) return
    this.#shown = news
    this.#list.replaceChildren(...news.map(({ text }) => html('li', {}, text)))
    this.#list.scrollTop = this.#list.scrollHeight
  }
}
