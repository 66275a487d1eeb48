/** The tree of actors: what has a statechart, under its parent; finished ones fade and, beyond a few, are counted only. */
import { limits } from '../../limits.ts'
import { html, setAttributes, setText } from './element.ts'
import { keepOneTabStop, rove, type Roving } from './roving.ts'
import type { Scene, SeenActor } from './scene.ts'

interface Branch {
  readonly actor: SeenActor
  readonly depth: number
}

export class ActorTree {
  readonly #list: HTMLElement
  readonly #items = new Map<string, HTMLLIElement>()
  readonly #roving: Roving

  constructor(list: HTMLElement, chosen: (sessionId: string) => void) {
    this.#list = list
    this.#roving = {
      members: () => [...this.#items.values()],
      choose: member => chosen(member.dataset.session ?? ''),
    }
    rove(list, this.#roving)
  }

  show(scene: Scene, chosen: string | null): void {
    const branches = branchesOf(scene, chosen)
    const present = new Set(branches.map(({ actor }) => actor.sessionId))
    for (const [id, item] of this.#items) if (!present.has(id)) this.#drop(id, item)
    let before: Element | null = null
    const ordered = new Map<string, HTMLLIElement>()
    for (const branch of branches) {
      const item = this.#items.get(branch.actor.sessionId) ?? html('li', { role: 'treeitem', tabindex: -1 }, ...parts())
      ordered.set(branch.actor.sessionId, item)
      fill(item, branch, branch.actor.sessionId === chosen)
      const next: Element | null = before ? before.nextElementSibling : this.#list.firstElementChild
      if (next !== item) this.#list.insertBefore(item, next)
      before = item
    }
    this.#items.clear()
    for (const [id, item] of ordered) this.#items.set(id, item)
    keepOneTabStop(this.#roving)
  }

  #drop(id: string, item: HTMLLIElement): void {
    item.remove()
    this.#items.delete(id)
  }
}

/** The first peer: what is looked at when nothing has been chosen. */
export function firstActorOf(scene: Scene): SeenActor | undefined {
  return branchesOf(scene, null)[0]?.actor
}

/** The peer that an actor belongs to: the root above it. */
export function peerOf(scene: Scene, actor: SeenActor): SeenActor {
  const parent = actor.parentId === undefined ? undefined : scene.actors.get(actor.parentId)
  return parent ? peerOf(scene, parent) : actor
}

function branchesOf(scene: Scene, chosen: string | null): Branch[] {
  const below = new Map<string | undefined, SeenActor[]>()
  for (const actor of scene.actors.values()) {
    if (!hasChart(actor)) continue
    const parent = actor.parentId !== undefined && scene.actors.has(actor.parentId) ? actor.parentId : undefined
    below.set(parent, [...(below.get(parent) ?? []), actor])
  }
  for (const order of scene.orders.values())
    if (order.parentId !== undefined) below.set(order.parentId, [...(below.get(order.parentId) ?? []), order])
  return branchesBelow(below, undefined, 1, chosen)
}

function branchesBelow(
  below: ReadonlyMap<string | undefined, SeenActor[]>,
  id: string | undefined,
  depth: number,
  chosen: string | null,
): Branch[] {
  const children = below.get(id) ?? []
  const finished = children.filter(({ isFinished }) => isFinished).slice(-limits.inspectPageFinishedMax)
  const open = children.filter(({ isFinished, terms }) => !isFinished && terms !== undefined)
  const hidden = new Set(open.slice(0, -limits.inspectPageOpenOrdersMax))
  const isShown = (one: SeenActor): boolean =>
    one.sessionId === chosen || (one.isFinished ? finished.includes(one) : !hidden.has(one))
  return children
    .filter(isShown)
    .flatMap(actor => [{ actor, depth }, ...branchesBelow(below, actor.sessionId, depth + 1, chosen)])
}

/** What is no machine (a stream, a timer) runs inside one and has no states to look at. */
function hasChart({ definition }: SeenActor): boolean {
  return definition?.includes('"states"') ?? false
}

function parts(): HTMLSpanElement[] {
  return [html('span', { class: 'name' }), html('span', { class: 'value' })]
}

function fill(item: HTMLLIElement, { actor, depth }: Branch, isChosen: boolean): void {
  const [name, value] = item.children
  if (name) setText(name, shortName(actor, depth))
  if (value) setText(value, (actor.terms === undefined ? '' : `${actor.terms}: `) + standingOf(actor))
  item.dataset.session = actor.sessionId
  item.dataset.name = actor.name
  item.classList.toggle('finished', actor.isFinished)
  setAttributes(item, { 'aria-level': depth, 'aria-selected': String(isChosen), title: actor.name })
}

function standingOf({ snapshot, isFinished }: SeenActor): string {
  const value = valueText(snapshot.value)
  if (!isFinished) return value
  return value === '' ? 'finished' : `${value}, finished`
}

/** `alice book BTC-USD:1:1` stands under alice, so its own name is enough. */
function shortName({ name }: SeenActor, depth: number): string {
  return depth === 1 ? name : name.replace(/^\S+ (?=\S)/, '')
}

/** A state value in one line: `connected.live.hearing`, `suspect(outward.unconfirmed, inward.confirmed)`. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return ''
  const regions = Object.entries(value).map(([key, below]) => join(key, valueText(below)))
  return regions.length > 1 ? `(${regions.join(', ')})` : (regions[0] ?? '')
}

function join(key: string, below: string): string {
  if (below === '') return key
  return below.startsWith('(') ? key + below : `${key}.${below}`
}
