/**
 * A drawing as the text of an SVG file that stands by itself: its own colours for light and dark on a ground of its own, so that it
 * can be read on any page; descriptions as titles, which browsers show where the pointer is.
 */
import {
  anywhereText,
  boxPadding,
  lineHeight,
  titleHeight,
  titleOf,
  type Box,
  type DrawnArrow,
  type DrawnState,
  type Drawing,
} from '../web/chart-graph.ts'
import type { Chart } from '../web/chart.ts'

/** Pixels around the drawing. */
const margin = 8

const styles = [
  'svg{--ground:#fff;--box:#f6f8fa;--text:#1b1f24;--line:#57606a;color-scheme:light dark}',
  '@media(prefers-color-scheme:dark){svg{--ground:#0d1117;--box:#161b22;--text:#e6edf3;--line:#9aa4b0}}',
  "text{font:11px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:var(--text);white-space:pre}",
  '.title{font-size:13px;font-weight:600}.any text{font-style:italic}',
  '.ground{fill:var(--ground)}.label rect{fill:var(--box)}.state rect,.any rect{fill:var(--box);stroke:var(--line)}',
  '.parallel>rect{stroke-dasharray:6 4}.start,.head{fill:var(--line)}',
  '.arrow{fill:none;stroke:var(--line);stroke-width:1.2}',
].join('\n')

export function pictureOf(chart: Chart, drawing: Drawing): string {
  const [width, height] = [drawing.width + 2 * margin, drawing.height + 2 * margin].map(number) as [string, string]
  const description = chart.states.get(chart.id)?.description ?? ''
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<title>${escaped(`Statechart of ${chart.id}: ${description}`)}</title>`,
    `<style>\n${styles}\n</style>`,
    '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="head" d="M0 0L8 4L0 8z"/></marker>',
    `<rect class="ground" width="${width}" height="${height}" rx="8"/>`,
    `<g transform="translate(${margin} ${margin})">`,
    ...drawing.states.map(state),
    ...drawing.starts.map(start),
    ...drawing.anywheres.map(anywhere),
    // Labels come last: no line of another arrow goes through a text.
    ...drawing.arrows.map(line),
    ...drawing.arrows.flatMap(label),
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

function state({ state: one, lines, x, y, width, height }: DrawnState): string {
  const middle = y + titleHeight / 2 + 7
  const inner = one.kind === 'final' ? [rect({ x: x + 3, y: y + 3, width: width - 6, height: height - 6 }, 4)] : []
  const texts = lines.map((row, index) =>
    text('', x + boxPadding, y + titleHeight + boxPadding / 2 + lineHeight * (index + 0.75), row.text),
  )
  return [
    `<g class="state ${one.kind}"><title>${escaped(`${one.key}: ${one.description}`)}</title>`,
    rect({ x, y, width, height }, 6),
    ...inner,
    text('title', x + boxPadding, middle, titleOf(one)),
    ...texts,
    '</g>',
  ].join('\n')
}

function start({ x, y, width }: Box): string {
  const radius = width / 2
  return `<circle class="start" cx="${number(x + radius)}" cy="${number(y + radius)}" r="${number(radius)}"/>`
}

function anywhere(box: Box): string {
  const { x, y, height } = box
  return `<g class="any">${rect(box, height / 2)}${text('', x + boxPadding, y + height / 2 + 4, anywhereText)}</g>`
}

function line({ points }: DrawnArrow): string {
  const path = points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${number(x)} ${number(y)}`).join('')
  return `<path class="arrow" marker-end="url(#head)" d="${path}"/>`
}

function label({ label: one }: DrawnArrow): string[] {
  if (!one) return []
  const rows = one.lines.map((row, index) => text('', one.x + 3, one.y + lineHeight * (index + 0.8), row))
  return [`<g class="label">${rect(one, 0)}${rows.join('')}</g>`]
}

function rect({ x, y, width, height }: Box, radius: number): string {
  const size = `width="${number(width)}" height="${number(height)}"`
  return `<rect x="${number(x)}" y="${number(y)}" ${size} rx="${number(radius)}"/>`
}

function text(kind: string, x: number, y: number, content: string): string {
  const name = kind === '' ? '' : ` class="${kind}"`
  return `<text${name} x="${number(x)}" y="${number(y)}">${escaped(content)}</text>`
}

/** A tenth of a pixel is as fine as anybody sees. */
function number(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
