/** Lays charts out with elkjs, in a worker of its own, once for each machine: the direction that fits the pane better is kept. */
import type { ELK, ELKConstructorArguments } from 'elkjs'
import { limits } from '../../limits.ts'
import { drawingOf, graphOf, type Direction, type Drawing, type Measure } from './chart-graph.ts'
import type { Chart } from './chart.ts'

/** elk-api.js is a script of its own on the page, and this its global. */
declare const ELK: new (options: ELKConstructorArguments) => ELK

/** Width to height of the pane that a drawing is chosen for. */
const paneRatio = 1.7
const directions: readonly Direction[] = ['DOWN', 'RIGHT']

export class ChartLayouts {
  readonly #measure: Measure
  readonly #drawings = new Map<string, Promise<Drawing>>()
  #elk: ELK | null = null

  constructor(measure: Measure) {
    this.#measure = measure
  }

  /** `definition` is the text that the chart was read from: actors of one machine share it. */
  drawingFor(chart: Chart, definition: string): Promise<Drawing> {
    const known = this.#drawings.get(definition)
    if (known) return known
    if (this.#drawings.size >= limits.inspectPageDrawingsMax) this.#drawings.clear()
    const drawing = this.#draw(chart)
    this.#drawings.set(definition, drawing)
    return drawing
  }

  async #draw(chart: Chart): Promise<Drawing> {
    this.#elk ??= new ELK({ workerUrl: '/web/elkjs/elk-worker.min.js' })
    const elk = this.#elk
    const drawings = await Promise.all(
      directions.map(async direction => drawingOf(chart, await elk.layout(graphOf(chart, direction, this.#measure)))),
    )
    return drawings.reduce((best, other) => (sizeIn(other) < sizeIn(best) ? other : best))
  }
}

/** How large a pane it needs. */
function sizeIn({ width, height }: Drawing): number {
  return Math.max(width / paneRatio, height)
}
