/**
 * Draws a statechart as SVG: nested boxes, arrows with labels, active states lit by a thicker border and a dot, the transitions of the
 * last event flashed. Descriptions are told of what the pointer or the focus is on.
 */
import {
  anywhereText,
  boxPadding,
  lineHeight,
  titleHeight,
  titleOf,
  type DrawnArrow,
  type DrawnState,
  type Drawing,
} from './chart-graph.ts'
import type { Chart, ChartTransition } from './chart.ts'
import { setAttributes, svg } from './element.ts'
import { keepOneTabStop, rove, type Roving } from './roving.ts'

/** Below this the texts of a drawing cannot be read any more: what does not fit is scrolled. */
const readableScale = 0.65
const zoomStep = 1.25
/** Larger than that, or smaller than half of what fits, shows nothing any more. */
const scaleMax = 4

export class ChartView {
  readonly #pane: HTMLElement
  readonly #describe: (sentence: string) => void
  #drawing: Drawing | null = null
  #picture: SVGSVGElement | null = null
  #states = new Map<string, SVGGElement>()
  #drawn: { readonly element: SVGElement; readonly transitions: readonly ChartTransition[] }[] = []
  #active: ReadonlySet<string> = new Set()
  /** A factor that stays, or one that follows the pane: all of the drawing, or as much of it as can be read. */
  #scale: number | 'whole' | 'readable' = 'readable'
  readonly #roving: Roving

  constructor(pane: HTMLElement, describe: (sentence: string) => void) {
    this.#pane = pane
    this.#describe = describe
    this.#roving = { members: () => [...this.#states.values()], choose: member => this.#tell(member) }
    rove(pane, this.#roving)
    pane.addEventListener('focusin', event => this.#tell(event.target))
    pane.addEventListener('pointerover', event => this.#tell(event.target))
    new ResizeObserver(() => this.#resize()).observe(pane)
  }

  /** Draws another machine. */
  show(chart: Chart, drawing: Drawing): void {
    this.#drawing = drawing
    this.#active = new Set()
    this.#drawn = []
    this.#states = new Map()
    const arrows = svg('g', { class: 'arrows' }, ...drawing.arrows.map(arrow => this.#arrow(arrow)))
    const states = svg('g', {}, ...drawing.states.map(drawn => this.#state(drawn)))
    const starts = drawing.starts.map(({ x, y, width }) =>
      svg('circle', { class: 'start', cx: x + width / 2, cy: y + width / 2, r: width / 2 }),
    )
    const picture = svg('svg', { class: 'statechart', role: 'group', 'aria-label': `Statechart of ${chart.id}` })
    picture.append(arrowHead(), states, ...starts, ...drawing.anywheres.map(anywhere), arrows)
    this.#picture = picture
    this.#pane.replaceChildren(picture)
    keepOneTabStop(this.#roving)
    this.#resize()
  }

  /** Says instead why there is nothing to draw. */
  showNothing(sentence: string): void {
    this.#drawing = null
    this.#scale = 'readable'
    this.#picture = null
    this.#states.clear()
    this.#drawn = []
    this.#pane.textContent = sentence
  }

  /** Lights the active states. */
  light(active: ReadonlySet<string>): void {
    for (const [id, element] of this.#states) {
      const isActive = active.has(id)
      element.classList.toggle('active', isActive)
      const { key = '', note = '' } = element.dataset
      setAttributes(element, { 'aria-label': `${key}, ${isActive ? 'active' : 'not active'}. ${note}` })
    }
    const hasMoved = [...active].some(id => !this.#active.has(id))
    this.#active = active
    if (hasMoved) this.#reveal()
  }

  /** Marks what fired as the last, and flashes it. */
  flash(fired: readonly ChartTransition[]): void {
    for (const { element, transitions } of this.#drawn) {
      const isLast = transitions.some(one => fired.includes(one))
      element.classList.remove('fired')
      // Reading the box ends the animation of before, so that one that fires again flashes again.
      if (isLast) element.getBoundingClientRect()
      element.classList.toggle('fired', isLast)
    }
  }

  zoom(step: 'in' | 'out' | 'fit'): void {
    if (step === 'fit') this.#scale = 'whole'
    // What is being laid out has no size yet.
    else if (this.#drawing) this.#scale = this.#zoomed(step === 'in' ? zoomStep : 1 / zoomStep)
    this.#resize()
  }

  #zoomed(factor: number): number {
    return Math.min(scaleMax, Math.max(this.#fitting() / 2, this.#current() * factor))
  }

  #state({ state, lines, x, y, width, height }: DrawnState): SVGGElement {
    const group = svg('g', { class: `state ${state.kind}`, role: 'img', 'data-state': state.id, tabindex: -1 })
    group.dataset.key = state.key
    group.dataset.note = state.description
    group.append(svg('rect', { x, y, width, height, rx: 6 }))
    if (state.kind === 'final')
      group.append(svg('rect', { class: 'inner', x: x + 3, y: y + 3, width: width - 6, height: height - 6, rx: 4 }))
    const middle = y + titleHeight / 2 + 3
    group.append(svg('circle', { class: 'lamp', cx: x + boxPadding + 4, cy: middle, r: 4 }))
    group.append(svg('text', { class: 'title', x: x + boxPadding + 13, y: middle + 4 }, titleOf(state)))
    lines.forEach((line, index) => {
      const place = { x: x + boxPadding, y: y + titleHeight + boxPadding / 2 + lineHeight * (index + 0.75) }
      const text = svg('text', { class: 'line', ...place }, line.text)
      if (line.transitions.length > 0) this.#drawn.push({ element: text, transitions: line.transitions })
      group.append(text)
    })
    this.#states.set(state.id, group)
    return group
  }

  #arrow({ points, label, transitions }: DrawnArrow): SVGGElement {
    const d = points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('')
    const group = svg('g', { class: 'arrow' }, svg('path', { d, 'marker-end': 'url(#head)' }))
    if (label) {
      const { x, y, width, height } = label
      group.append(svg('rect', { class: 'label-back', x, y, width, height }))
      const place = (index: number) => ({ x: x + 3, y: y + lineHeight * (index + 0.8) })
      label.lines.forEach((line, index) => group.append(svg('text', { class: 'label', ...place(index) }, line)))
    }
    this.#drawn.push({ element: group, transitions })
    return group
  }

  #tell(target: EventTarget | null): void {
    const state = target instanceof Element ? target.closest<SVGGElement>('[data-state]') : null
    if (state) this.#describe(`${state.dataset.key ?? ''}: ${state.dataset.note ?? ''}`)
  }

  #resize(): void {
    // A pane that is hidden has no size.
    if (!this.#drawing || !this.#picture || this.#pane.clientWidth === 0) return
    const { width, height } = this.#drawing
    const scale = this.#current()
    setAttributes(this.#picture, { viewBox: `0 0 ${width} ${height}`, width: width * scale, height: height * scale })
    this.#reveal()
  }

  #current(): number {
    if (typeof this.#scale === 'number') return this.#scale
    return this.#scale === 'whole' ? this.#fitting() : Math.max(readableScale, this.#fitting())
  }

  #fitting(): number {
    const { width, height } = this.#drawing ?? { width: 1, height: 1 }
    return Math.min((this.#pane.clientWidth - 8) / width, (this.#pane.clientHeight - 8) / height, 1.25)
  }

  /** Scrolls so that the innermost active states can be seen. */
  #reveal(): void {
    const innermost = [...this.#states].filter(([id]) => this.#active.has(id) && !hasBelow(this.#active, id))
    const boxes = innermost.map(([, element]) => element.getBoundingClientRect())
    if (boxes.length === 0) return
    const pane = this.#pane.getBoundingClientRect()
    const left = Math.min(...boxes.map(box => box.left)) - pane.left
    const right = Math.max(...boxes.map(box => box.right)) - pane.left
    const top = Math.min(...boxes.map(box => box.top)) - pane.top
    const bottom = Math.max(...boxes.map(box => box.bottom)) - pane.top
    if (left < 0 || right > pane.width) this.#pane.scrollLeft += (left + right - pane.width) / 2
    if (top < 0 || bottom > pane.height) this.#pane.scrollTop += (top + bottom - pane.height) / 2
  }
}

function hasBelow(active: ReadonlySet<string>, id: string): boolean {
  return [...active].some(other => other.startsWith(`${id}.`))
}

function anywhere({ x, y, width, height }: { x: number; y: number; width: number; height: number }): SVGGElement {
  const pill = svg('rect', { x, y, width, height, rx: height / 2 })
  return svg('g', { class: 'anywhere' }, pill, svg('text', { x: x + boxPadding, y: y + height / 2 + 4 }, anywhereText))
}

function arrowHead(): SVGDefsElement {
  const size = { viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: 'auto' }
  return svg(
    'defs',
    {},
    svg('marker', { id: 'head', markerUnits: 'userSpaceOnUse', ...size }, svg('path', { d: 'M0 0L8 4L0 8z' })),
  )
}
