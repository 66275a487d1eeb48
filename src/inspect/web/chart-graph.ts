/**
 * A chart as a graph for elkjs, and what comes back as boxes and arrows. Sizes come from the texts, whose measure arrives as an
 * argument. A transition of a compound state to a state inside it starts at a marker `anywhere` in it, since it holds there.
 */
import type { ElkExtendedEdge, ElkNode, ElkPoint } from 'elkjs'
import { labelOf, linesIn, type BoxLine } from './chart-lines.ts'
import type { Chart, ChartState, ChartTransition } from './chart.ts'

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface DrawnState extends Box {
  readonly state: ChartState
  readonly lines: readonly BoxLine[]
}

export interface DrawnArrow {
  readonly points: readonly ElkPoint[]
  readonly label: (Box & { readonly lines: readonly string[] }) | null
  /** All that take this way; none for the arrow to an initial state. */
  readonly transitions: readonly ChartTransition[]
}

export interface Drawing {
  readonly width: number
  readonly height: number
  readonly states: readonly DrawnState[]
  readonly arrows: readonly DrawnArrow[]
  /** Dots from which initial states are entered. */
  readonly starts: readonly Box[]
  /** Markers from which transitions of a whole compound state start. */
  readonly anywheres: readonly Box[]
}

/** Pixels that a text takes, by its kind. */
export type Measure = (text: string, kind: 'title' | 'line' | 'label') => number

export type Direction = 'DOWN' | 'RIGHT'

export const lineHeight = 15
export const titleHeight = 20
export const boxPadding = 9
export const anywhereText = 'anywhere'
const startSize = 10

interface Way {
  readonly source: string
  readonly target: string
  readonly transitions: readonly ChartTransition[]
}

export function graphOf(chart: Chart, direction: Direction, measure: Measure): ElkNode {
  const ways = waysOf(chart)
  const root = chart.states.get(chart.id)
  if (root === undefined) throw new Error(`${chart.id} has no state of its own`)
  return {
    id: 'graph',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': direction,
      'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
      'elk.edgeRouting': 'ORTHOGONAL',
      'json.edgeCoords': 'ROOT',
      'elk.padding': '[top=2,left=2,bottom=2,right=2]',
    },
    children: [nodeOf(chart, root, ways, measure)],
    edges: [...startsOf(chart), ...ways.map((way, index) => edgeOf(way, index, measure))],
  }
}

/** How a state is called in its box: that it is final is said, too. */
export function titleOf({ key, kind }: ChartState): string {
  return kind === 'final' ? `${key} (final)` : key
}

/** Reads what elkjs gives back for the graph of the same chart. */
export function drawingOf(chart: Chart, laidOut: ElkNode): Drawing {
  const boxes = new Map(boxesOf(laidOut, 0, 0))
  const ways = waysOf(chart)
  return {
    width: laidOut.width ?? 0,
    height: laidOut.height ?? 0,
    states: [...chart.states.values()].flatMap(state => {
      const box = boxes.get(state.id)
      return box ? [{ ...box, state, lines: linesIn(chart, state) }] : []
    }),
    arrows: (laidOut.edges ?? []).map(edge => arrowOf(edge, ways)),
    starts: named(boxes, isStart),
    anywheres: named(boxes, isAnywhere),
  }
}

/** One arrow between two states, however many events take it. */
function waysOf(chart: Chart): Way[] {
  const ways = new Map<string, Way>()
  for (const transition of chart.transitions) {
    if (transition.target === null) continue
    const { target } = transition
    const source = isWithin(target, transition.source) ? anywhereIn(transition.source) : transition.source
    const known = ways.get(`${source} ${target}`)
    ways.set(`${source} ${target}`, { source, target, transitions: [...(known?.transitions ?? []), transition] })
  }
  return [...ways.values()]
}

function nodeOf(chart: Chart, state: ChartState, ways: readonly Way[], measure: Measure): ElkNode {
  const lines = linesIn(chart, state)
  const title = measure(titleOf(state), 'title') + titleHeight
  const width = Math.max(title, ...lines.map(line => measure(line.text, 'line'))) + 2 * boxPadding
  const head = titleHeight + lines.length * lineHeight + boxPadding
  const children = state.children.flatMap(id => {
    const child = chart.states.get(id)
    return child ? [nodeOf(chart, child, ways, measure)] : []
  })
  if (children.length === 0) return { id: state.id, width, height: lines.length === 0 ? head : head + boxPadding / 2 }
  return {
    id: state.id,
    children: [...markersOf(state, ways, measure), ...children],
    layoutOptions: {
      'elk.padding': `[top=${head + boxPadding},left=12,bottom=12,right=12]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${width},${head})`,
      'elk.spacing.nodeNode': '18',
      'elk.spacing.edgeNode': '12',
      'elk.spacing.edgeEdge': '10',
      'elk.spacing.edgeLabel': '3',
      'elk.layered.spacing.nodeNodeBetweenLayers': '10',
      'elk.layered.spacing.edgeNodeBetweenLayers': '9',
      'elk.layered.spacing.edgeEdgeBetweenLayers': '8',
    },
  }
}

function markersOf(state: ChartState, ways: readonly Way[], measure: Measure): ElkNode[] {
  const start = state.initial === null ? [] : [{ id: startOf(state.id), width: startSize, height: startSize }]
  const id = anywhereIn(state.id)
  if (!ways.some(way => way.source === id)) return start
  return [...start, { id, width: measure(anywhereText, 'label') + 2 * boxPadding, height: titleHeight }]
}

function startsOf(chart: Chart): ElkExtendedEdge[] {
  return [...chart.states.values()].flatMap(({ id, initial }) =>
    initial === null ? [] : [{ id: `to ${initial}`, sources: [startOf(id)], targets: [initial] }],
  )
}

function edgeOf({ source, target, transitions }: Way, index: number, measure: Measure): ElkExtendedEdge {
  const lines = labelsOf(transitions)
  const width = Math.max(...lines.map(line => measure(line, 'label'))) + 6
  const label = { text: lines.join('\n'), width, height: lines.length * lineHeight + 2 }
  return { id: `way ${index}`, sources: [source], targets: [target], labels: [label] }
}

/** Ways that differ in their actions alone share a line; a guard stands below its event. */
function labelsOf(transitions: readonly ChartTransition[]): string[] {
  return [...new Set(transitions.map(labelOf))].flatMap(label => label.replace(' [', '\n  [').split('\n'))
}

function boxesOf(node: ElkNode, left: number, top: number): [string, Box][] {
  const [x, y] = [left + (node.x ?? 0), top + (node.y ?? 0)]
  const box = { x, y, width: node.width ?? 0, height: node.height ?? 0 }
  return [[node.id, box], ...(node.children ?? []).flatMap(child => boxesOf(child, x, y))]
}

function arrowOf(edge: ElkExtendedEdge, ways: readonly Way[]): DrawnArrow {
  const points = (edge.sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) => [
    startPoint,
    ...bendPoints,
    endPoint,
  ])
  const transitions = ways[Number(edge.id.slice('way '.length))]?.transitions ?? []
  const [label] = edge.labels ?? []
  if (label === undefined) return { points, label: null, transitions: [] }
  const { x = 0, y = 0, width = 0, height = 0 } = label
  return { points, label: { x, y, width, height, lines: labelsOf(transitions) }, transitions }
}

function isWithin(id: string, ancestor: string): boolean {
  return id.startsWith(`${ancestor}.`)
}

// A state's key may hold any character but these never come first in an id that begins with the machine's.
function startOf(id: string): string {
  return `start of ${id}`
}

function isStart(id: string): boolean {
  return id.startsWith('start of ')
}

function anywhereIn(id: string): string {
  return `anywhere in ${id}`
}

function isAnywhere(id: string): boolean {
  return id.startsWith('anywhere in ')
}

function named(boxes: ReadonlyMap<string, Box>, is: (id: string) => boolean): Box[] {
  return [...boxes].filter(([id]) => is(id)).map(([, box]) => box)
}
