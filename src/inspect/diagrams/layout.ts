/** Lays a chart out for a picture that stands in a page. The same chart gives the same drawing, wherever it is made. */
import ELK from 'elkjs/lib/elk.bundled.js'
import { drawingOf, graphOf, type Direction, type Drawing, type Measure } from '../web/chart-graph.ts'
import type { Chart } from '../web/chart.ts'

/**
 * Pixels of one character. All fonts that picture.ts names are of one width, 0.6 of their size or a little less, so that what is
 * measured here holds on every machine.
 */
export const characterWidth: Readonly<Record<Parameters<Measure>[1], number>> = { title: 7.9, line: 6.7, label: 6.7 }
/** Wider ones are made smaller by the page that they stand in until they cannot be read. */
const widthMax = 1_000
const directions: readonly Direction[] = ['DOWN', 'RIGHT']

const measure: Measure = (text, kind) => text.length * characterWidth[kind]

export async function layOut(chart: Chart): Promise<Drawing> {
  const elk = new ELK()
  const drawings = await Promise.all(
    directions.map(async direction => drawingOf(chart, await elk.layout(graphOf(chart, direction, measure)))),
  )
  return drawings.reduce((best, other) => (costOf(other) < costOf(best) ? other : best))
}

/** How small it becomes in a page, first; then how far one must scroll. */
function costOf({ width, height }: Drawing): number {
  return Math.max(1, width / widthMax) * 10_000 + height
}
