/** The chosen actor in words: how it stands, what happened to it last, what it remembers. */
import { valueText } from './actor-tree.ts'
import { DataTree } from './data-tree.ts'
import { html, setText } from './element.ts'
import type { SeenActor } from './scene.ts'

const facts = ['actor', 'state', 'status', 'last event'] as const

export class ContextView {
  readonly #values = new Map(facts.map(fact => [fact, html('dd', { 'data-fact': fact })]))
  readonly #tree: DataTree
  #actor: SeenActor | null = null

  constructor(pane: HTMLElement) {
    const list = html('dl', {})
    for (const [fact, value] of this.#values) list.append(html('dt', {}, fact), value)
    const data = html('div', {})
    pane.replaceChildren(list, data)
    this.#tree = new DataTree(data)
  }

  show(actor: SeenActor): void {
    if (actor === this.#actor) return
    this.#actor = actor
    const { name, snapshot, event, isFinished } = actor
    const status = isFinished ? `finished (${snapshot.status ?? 'unknown'})` : (snapshot.status ?? 'unknown')
    this.#say('actor', name)
    this.#say('state', valueText(snapshot.value) || 'none')
    this.#say('status', status)
    this.#say('last event', event?.type ?? 'none yet')
    this.#tree.show({ context: snapshot.context ?? {}, ...(event ? { event } : {}), ...endOf(actor) })
  }

  showNobody(): void {
    if (this.#actor === null) return
    this.#actor = null
    for (const fact of facts) this.#say(fact, '')
    this.#tree.show({})
  }

  #say(fact: (typeof facts)[number], text: string): void {
    const value = this.#values.get(fact)
    if (value) setText(value, text)
  }
}

function endOf({ snapshot: { output, error } }: SeenActor): object {
  return { ...(output === undefined ? {} : { output }), ...(error === undefined ? {} : { error }) }
}
