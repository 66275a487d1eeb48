/** The inspector's page in a real browser, fed by a real hub with a scenario that has been played. */
import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AnyStateMachine } from 'xstate'
import { bookMachine } from '../../machines/book.machine.ts'
import { neighbourMachine } from '../../machines/neighbour.machine.ts'
import { peerMachine } from '../../machines/peer.machine.ts'
import { proposalMachine } from '../../machines/proposal.machine.ts'
import type { BookFrame, FrameBody, OrderFrame, SnapshotFrame } from '../../src/inspect/frame.ts'
import { Hub } from '../../src/inspect/hub.ts'
import { openBrowser, openPage } from './chromium.ts'
import { play, type Played } from './played.ts'
import { actorsIn, choose, litIn, messagesIn, shownBy, shows, travelTo, type Drawn } from './seen.ts'

let browser: Browser
let hub: Hub
let played: Played
let page: Page
let complaints: string[]

beforeAll(async () => {
  browser = await openBrowser()
  played = await play('two-takers.txt')
  hub = await Hub.open({ port: 0, now: () => 0 })
  for (const frame of played.frames) hub.show(frame)
  ;({ page, complaints } = await openPage(browser, hub.url))
  await shows(page, played.frames.length)
}, 60_000)

afterAll(async () => {
  await browser.close()
  await hub.close()
})

/** The hub numbers frames from 1. */
function momentsOf<T extends FrameBody>(is: (frame: FrameBody) => frame is T): { seq: number; frame: T }[] {
  return played.frames.flatMap((frame, index) => (is(frame) ? [{ seq: index + 1, frame }] : []))
}

function isSnapshotOf(sessionId: string): (frame: FrameBody) => frame is SnapshotFrame {
  return (frame): frame is SnapshotFrame => frame.type === '@xstate.snapshot' && frame.sessionId === sessionId
}

function sessionOf(name: string): string {
  const actor = played.frames.findLast(frame => frame.type === '@xstate.actor' && frame.name === name)
  if (actor?.type !== '@xstate.actor') throw new Error(`${name} has not appeared`)
  return actor.sessionId
}

function ordersPlayed(): readonly OrderFrame[] {
  return played.frames.filter((frame): frame is OrderFrame => frame.type === '@peerbook.order')
}

function nameOfOrder(peer: string, id: string): string {
  return `${peer} order …${id.slice(-6)}`
}

test('every peer appears with its book, its orders, its neighbours and its trades under negotiation', async () => {
  const machines = played.frames.flatMap(frame =>
    frame.type === '@xstate.actor' && frame.definition?.includes('"states"') ? [frame.name] : [],
  )
  const orders = ordersPlayed().map(({ peer, id }) => nameOfOrder(peer, id))
  expect((await actorsIn(page)).sort()).toEqual([...machines, ...new Set(orders)].sort())
  expect(await actorsIn(page)).toEqual(
    expect.arrayContaining(['alice', 'alice book BTC-USD:1:1', 'bob proposal alice 1']),
  )
  const finished = page.locator('.finished[data-name="bob proposal alice 1"]')
  expect(await finished.textContent()).toContain('settled, finished')
})

describe('the lit states are the states of the actor at every step', () => {
  const cases: readonly (readonly [name: string, machine: AnyStateMachine])[] = [
    ['alice', peerMachine],
    ['alice book BTC-USD:1:1', bookMachine],
    ['bob proposal alice 1', proposalMachine],
  ]
  test.each(cases)('%s', async (name, machine) => {
    await expectLit(name, machine)
  })

  test('an order: its statechart is lit where it stands, and what has happened to it is marked', async () => {
    // Which of the two takers comes too late is a matter of the network.
    const { peer, id } = ordersPlayed().find(({ status }) => status === 'cancelled')!
    const name = nameOfOrder(peer, id)
    await choose(page, name)
    const moments = momentsOf((frame): frame is OrderFrame => frame.type === '@peerbook.order' && frame.id === id)
    expect(moments.map(({ frame }) => frame.status)).toEqual(['accepted', 'cancelled'])
    for (const { seq, frame } of moments) {
      await travelTo(page, seq)
      expect(await litIn(page)).toEqual(['order', `order.${frame.status}`])
      expect(await page.locator(`[data-name="${name}"]`).textContent()).toContain(`buy 5 @ 101 ioc: ${frame.status}`)
    }
    expect(await page.locator('.arrow.fired .label').allTextContents()).toContain('lots.lapsed')
  })

  test('a neighbour, and its regions', async () => {
    const name = (await actorsIn(page)).find(one => one.startsWith('alice neighbour'))!
    await expectLit(name, neighbourMachine)
  })
})

async function expectLit(name: string, machine: AnyStateMachine): Promise<void> {
  await choose(page, name)
  const moments = momentsOf(isSnapshotOf(sessionOf(name)))
  expect(moments.length).toBeGreaterThan(1)
  for (const { seq, frame } of moments) {
    await travelTo(page, seq)
    const resolved = machine.resolveState({ value: frame.snapshot.value as string, context: {} })
    expect(await litIn(page), `moment ${seq}`).toEqual(resolved._nodes.map(node => node.id).sort())
  }
}

test('the transitions that fired are marked', async () => {
  const name = (await actorsIn(page)).find(one => one.startsWith('bob neighbour'))!
  await choose(page, name)
  const answered = momentsOf(isSnapshotOf(sessionOf(name))).find(
    ({ frame }) => frame.event.type === 'greeting.answered',
  )!
  await travelTo(page, answered.seq)
  expect(await page.locator('.arrow.fired .label').allTextContents()).toEqual(['greeting.answered'])
})

test("the diagram's messages are those of the simulation's history", async () => {
  await travelTo(page, played.frames.length)
  await page.locator('#beats').check()
  const shown = await messagesIn(page)
  expect([...shown.keys()].sort((a, b) => a - b)).toEqual(played.sent.map(({ id }) => id).sort((a, b) => a - b))
  await page.locator('#beats').uncheck()
  const names = new Set((await messagesIn(page)).values())
  expect([...names]).toEqual(expect.arrayContaining(['propose', 'answer', 'segments']))
  expect([...names].filter(name => name === 'beat' || name === 'hello')).toEqual([])
})

test('a message shows what it says, and its trade can be followed through its proposal and its answer', async () => {
  const proposes = played.frames.find(frame => frame.type === '@peerbook.message' && frame.name === 'propose')
  if (proposes?.type !== '@peerbook.message') throw new Error('nobody has proposed')
  const [tradeId = ''] = proposes.tradeIds
  await travelTo(page, played.frames.indexOf(proposes) + 1)
  await page.locator(`[data-message="${proposes.id}"]`).focus()
  await page.keyboard.press('Enter')
  await expect
    .poll(() => page.locator('#message-heading').textContent())
    .toBe(`Message ${proposes.id}: propose request`)
  expect(await page.locator('#payload').textContent()).toContain(tradeId)
  await page.getByRole('button', { name: /^Follow trade/ }).click()
  await travelTo(page, played.frames.length)
  const ofTrade = played.frames.flatMap(frame =>
    frame.type === '@peerbook.message' && frame.stage === 'sent' && frame.tradeIds.includes(tradeId) ? [frame.id] : [],
  )
  expect(ofTrade.length).toBeGreaterThanOrEqual(2)
  const followed = await messagesIn(page, '.message.of-trade')
  expect([...followed.keys()].sort((one, other) => one - other)).toEqual(ofTrade)
  await page.locator('#trade').selectOption('')
  await page.locator('#trade').selectOption(tradeId)
  expect(await page.locator('.message.of-trade text.name').first().textContent()).toMatch(/^◆/)
  await page.locator('#trade').selectOption('')
})

test('the slider shows an earlier moment everywhere, and follows again', async () => {
  await choose(page, 'alice book BTC-USD:1:1')
  const isLadder = (frame: FrameBody): frame is BookFrame => frame.type === '@peerbook.book' && frame.peer === 'alice'
  const [resting] = momentsOf(isLadder).filter(({ frame }) => frame.asks.length > 0)
  await travelTo(page, resting!.seq)
  expect(await page.locator('.ladder .ask').allTextContents()).toEqual(['ask10151'])
  expect(await actorsIn(page)).not.toContain('bob proposal alice 1')
  expect(await page.locator('#live').getAttribute('aria-pressed')).toBe('false')
  await page.locator('#moment').press('ArrowLeft')
  await shows(page, resting!.seq - 1)
  expect(await page.locator('.ladder .ask').count()).toBe(0)
  await page.locator('#live').click()
  await shows(page, played.frames.length)
  expect(await page.locator('.ladder').textContent()).toContain('the book is empty')
})

test('two viewers see the same, however late the second comes', async () => {
  const other = await openPage(browser, hub.url)
  await shows(other.page, played.frames.length)
  for (const viewer of [page, other.page]) await choose(viewer, 'carol book BTC-USD:1:1')
  expect(await shownBy(other.page)).toEqual(await shownBy(page))
  for (const viewer of [page, other.page]) await travelTo(viewer, 400)
  expect(await shownBy(other.page)).toEqual(await shownBy(page))
  expect(other.complaints).toEqual([])
  await other.page.close()
})

test('a recording that is saved holds every frame', async () => {
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#save').click()])
  const [header, ...lines] = readFileSync(await download.path(), 'utf8')
    .trimEnd()
    .split('\n')
  expect(JSON.parse(header!)).toEqual({ type: '@peerbook.recording', version: 1 })
  expect(lines.map(line => JSON.parse(line) as unknown)).toEqual(
    played.frames.map((frame, index) => ({ ...(JSON.parse(JSON.stringify(frame)) as FrameBody), seq: index + 1 })),
  )
})

test('a message says under its arrow what it says, as far as there is room', async () => {
  const label = page.locator('.message[data-name="propose"] text.name').first()
  const proposes = played.frames.find(frame => frame.type === '@peerbook.message' && frame.name === 'propose')
  await travelTo(page, played.frames.indexOf(proposes!) + 1)
  expect(await label.textContent()).toBe('propose: batch 1: buy 5 @ 101')
  await page.locator('#live').click()
})

test('the statechart or the messages get the window, never both, and Fit goes on fitting', async () => {
  const [chart, messages] = [page.locator('#chart-only'), page.locator('#messages-only')]
  const shown = async () => [await page.locator('#chart').isVisible(), await page.locator('#sequence').isVisible()]
  await choose(page, 'alice')
  await page.locator('#zoom-fit').click()
  await chart.click()
  expect(await shown()).toEqual([true, false])
  await expect.poll(() => overflowOf(page)).toBe(0)
  await messages.evaluate((button: { click(): void }) => button.click())
  expect(await shown()).toEqual([false, true])
  expect(await chart.getAttribute('aria-pressed')).toBe('false')
  await messages.click()
  expect(await shown()).toEqual([true, true])
  await expect.poll(() => overflowOf(page)).toBe(0)
})

/** Pixels of the chart that do not fit its pane. */
function overflowOf(on: Page): Promise<number> {
  return on.locator('#chart').evaluate((pane: Scrolled) => {
    return Math.max(pane.scrollWidth - pane.clientWidth, pane.scrollHeight - pane.clientHeight)
  })
}

interface Scrolled {
  readonly scrollWidth: number
  readonly clientWidth: number
  readonly scrollHeight: number
  readonly clientHeight: number
}

test('every control has a name, and Tab goes through them in the order of reading', async () => {
  await page.locator('body').click({ position: { x: 2, y: 2 } })
  const order: string[] = []
  for (let presses = 0; presses < 40 && !order.includes('messages-only'); presses++) {
    await page.keyboard.press('Tab')
    order.push(
      await page
        .locator(':focus')
        .evaluate((focused: Drawn) => focused.id || (focused.getAttribute('role') ?? focused.tagName)),
    )
  }
  expect(order.filter(one => !one.includes('SUMMARY'))).toEqual([
    ...[
      'moment',
      'live',
      'save',
      'treeitem',
      'zoom-out',
      'zoom-fit',
      'zoom-in',
      'chart-only',
      'img',
      'ladder',
      'news',
      'beats',
      'trade',
      'messages-only',
    ],
  ])
  const session = await page.context().newCDPSession(page)
  const { nodes } = await session.send('Accessibility.getFullAXTree')
  const controls = nodes.filter(node =>
    node.properties?.some(one => one.name === 'focusable' && one.value.value === true),
  )
  expect(controls.length).toBeGreaterThan(20)
  expect(controls.filter(node => node.role?.value !== 'RootWebArea' && !node.name?.value)).toEqual([])
})

test('states say that they are active in words and shape, not in colour alone', async () => {
  await choose(page, 'alice')
  const lit = page.locator('.state.active[data-state="peer.running"]')
  const unlit = page.locator('[data-state="peer.leaving"]')
  expect(await lit.getAttribute('aria-label')).toMatch(/^running, active\. Neighbours are looked for/)
  expect(await unlit.getAttribute('aria-label')).toMatch(/^leaving, not active\. Every neighbour is told/)
  const widthOf = (state: typeof lit) =>
    state
      .locator('rect')
      .first()
      .evaluate((rect: Drawn) => parseFloat(String(rect.computedStyleMap().get('stroke-width'))))
  expect(await widthOf(lit)).toBeGreaterThan(await widthOf(unlit))
  await unlit.focus()
  expect(await page.locator('#description').textContent()).toMatch(/^leaving: Every neighbour is told/)
})

test.each(['light', 'dark'] as const)('in the %s, text can be told from its ground', async colorScheme => {
  await page.emulateMedia({ colorScheme })
  const colours = await page.evaluate<Record<string, string>>(
    `Object.fromEntries(['ground','panel','text','quiet','strong','lit','last','ask','bid'].map(name =>
      [name, getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim()]))`,
  )
  const pairs = ['text', 'quiet', 'strong', 'last', 'ask', 'bid'].flatMap(ink => [
    [ink, 'panel'] as const,
    [ink, 'ground'] as const,
  ])
  for (const [ink, ground] of [...pairs, ['text', 'lit'] as const])
    expect(contrast(colours[ink]!, colours[ground]!), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5)
  await page.emulateMedia({ colorScheme: null })
})

test('the page has complained of nothing, and asked nobody but its hub', () => {
  expect(complaints).toEqual([])
})

/** WCAG 2.2's contrast ratio of two colours `#rrggbb`. */
function contrast(some: string, other: string): number {
  const [dark, light] = [luminance(some), luminance(other)].sort((a, b) => a - b) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map(at => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
