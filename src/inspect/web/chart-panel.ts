/** The statechart of the chosen actor: drawn when its machine is another, lit and flashed when it has moved. */
import { ChartLayouts } from './chart-layout.ts'
import { ChartView } from './chart-view.ts'
import { activeStates, chartOf, type Chart, type ChartTransition } from './chart.ts'
import type { Measure } from './chart-graph.ts'
import { byId, setText } from './element.ts'
import { firedBetween } from './fired.ts'
import type { SeenActor } from './scene.ts'

export class ChartPanel {
  readonly #view: ChartView
  readonly #layouts = new ChartLayouts(measureText())
  readonly #heading = byId('chart-heading', HTMLElement)
  readonly #description = byId('description', HTMLElement)
  #definition: string | undefined
  #chart: Chart | null = null
  /** Whether what is drawn is the chart. */
  #isDrawn = false
  #actor: SeenActor | null = null

  constructor() {
    this.#view = new ChartView(byId('chart', HTMLElement), sentence => setText(this.#description, sentence))
    for (const step of ['in', 'out', 'fit'] as const)
      byId(`zoom-${step}`, HTMLButtonElement).addEventListener('click', () => this.#view.zoom(step))
  }

  show(actor: SeenActor): void {
    if (actor === this.#actor) return
    this.#actor = actor
    setText(this.#heading, `Statechart of ${actor.name}`)
    if (actor.definition !== this.#definition) this.#change(actor.definition)
    if (this.#isDrawn) this.#light()
  }

  /** Nothing of the chart is lit. */
  showNobody(sentence: string): void {
    this.#actor = null
    if (this.#isDrawn) {
      this.#view.light(new Set())
      this.#view.flash([])
    }
    setText(this.#description, sentence)
  }

  #change(definition: string | undefined): void {
    this.#definition = definition
    this.#chart = chartOf(definition)
    this.#isDrawn = false
    setText(this.#description, '')
    const chart = this.#chart
    if (!chart || definition === undefined) return this.#view.showNothing('This actor has no statechart.')
    this.#view.showNothing('The statechart is being laid out.')
    this.#layouts.drawingFor(chart, definition).then(
      drawing => {
        if (this.#chart !== chart) return
        this.#view.show(chart, drawing)
        this.#isDrawn = true
        this.#light()
      },
      (error: unknown) => this.#view.showNothing(`The statechart cannot be laid out: ${String(error)}`),
    )
  }

  #light(): void {
    const [chart, actor] = [this.#chart, this.#actor]
    if (!chart || !actor) return
    const active = activeStates(chart, actor.snapshot.value)
    this.#view.light(active)
    this.#view.flash(lastFired(chart, actor))
    setText(this.#description, describeActive(chart, active))
  }
}

/** As the feeder says, or else as the states before and after tell. */
function lastFired(chart: Chart, { fired, former, event, snapshot }: SeenActor): ChartTransition[] {
  if (fired)
    return chart.transitions.filter(({ source, target, event: name }) =>
      fired.some(one => one.source === source && one.eventType === name && isTarget(one.targets, target)),
    )
  if (!former || !event) return []
  const [before, after] = [activeStates(chart, former.value), activeStates(chart, snapshot.value)]
  return firedBetween(chart, before, event.type, after)
}

function isTarget(targets: readonly string[], target: string | null): boolean {
  return target === null ? targets.length === 0 : targets.includes(target)
}

/** What the innermost active states are for. */
function describeActive(chart: Chart, active: ReadonlySet<string>): string {
  const states = [...active].flatMap(id => chart.states.get(id) ?? [])
  const innermost = states.filter(({ children }) => !children.some(child => active.has(child)))
  return innermost.map(({ key, description }) => `${key}: ${description}`).join(' ')
}

/** Measures as the page's styles draw. */
function measureText(): Measure {
  const pen = document.createElement('canvas').getContext('2d')
  const family = getComputedStyle(document.body).fontFamily
  const fonts = { title: `600 13px ${family}`, line: `11.5px ${family}`, label: `11.5px ${family}` }
  return (text, kind) => {
    if (!pen) return text.length * 7
    pen.font = fonts[kind]
    return pen.measureText(text).width
  }
}
