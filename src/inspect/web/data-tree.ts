/** Any JSON as nested, foldable lists. What was unfolded stays so when the data is shown anew. */
import { html } from './element.ts'

/** Unfolded at first down to this depth. */
const depthUnfolded = 2

export class DataTree {
  readonly #pane: HTMLElement
  /** Paths that the reader has folded or unfolded. */
  readonly #folds = new Map<string, boolean>()
  #shown: string | null = null

  constructor(pane: HTMLElement) {
    this.#pane = pane
  }

  show(data: unknown): void {
    const text = JSON.stringify([data])
    if (text === this.#shown) return
    this.#shown = text
    this.#pane.replaceChildren(...this.#entries(data, '', 0))
  }

  #entries(data: unknown, path: string, depth: number): HTMLElement[] {
    if (!isNested(data)) return [html('code', { class: 'leaf' }, leafText(data))]
    const items = Object.entries(data).map(([key, value]) => this.#entry(key, value, `${path}/${key}`, depth))
    return [html('ul', { class: 'data' }, ...items)]
  }

  #entry(key: string, value: unknown, path: string, depth: number): HTMLLIElement {
    if (!isNested(value))
      return html('li', {}, html('span', { class: 'key' }, key), ' ', html('code', {}, leafText(value)))
    const isOpen = this.#folds.get(path) ?? depth < depthUnfolded
    const summary = html('summary', {}, html('span', { class: 'key' }, key), ` ${sizeText(value)}`)
    const details = html('details', { open: isOpen }, summary, ...this.#entries(value, path, depth + 1))
    details.addEventListener('toggle', () => this.#folds.set(path, details.open))
    return html('li', {}, details)
  }
}

function isNested(data: unknown): data is object {
  return typeof data === 'object' && data !== null && Object.keys(data).length > 0
}

function sizeText(data: object): string {
  const count = Object.keys(data).length
  return Array.isArray(data) ? `[${count}]` : `{${count}}`
}

function leafText(data: unknown): string {
  return typeof data === 'string' ? data : JSON.stringify(data)
}
