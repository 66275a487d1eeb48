/** What the page makes of frames that no well-behaved scenario has: losses, copies, strangers' words, official feeders, very many messages. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { bookMachine } from '../../machines/book.machine.ts'
import type { ActorFrame, FrameBody, MessageFrame, SnapshotFrame, ViewerCommand } from '../../src/inspect/frame.ts'
import { Hub } from '../../src/inspect/hub.ts'
import { openBrowser, openPage } from './chromium.ts'
import { choose, litIn, shows } from './seen.ts'

let browser: Browser
let hub: Hub
let page: Page
let complaints: string[]
let commands: ViewerCommand[]
let shown: number

beforeAll(async () => {
  browser = await openBrowser()
})

afterAll(() => browser.close())

beforeEach(async () => {
  commands = []
  shown = 0
  hub = await Hub.open({ port: 0, now: () => 0, commanded: command => commands.push(command) })
  ;({ page, complaints } = await openPage(browser, hub.url))
})

afterEach(async () => {
  expect(complaints).toEqual([])
  await page.close()
  await hub.close()
})

/** Resolves when the page has drawn them. */
async function tell(...frames: readonly FrameBody[]): Promise<void> {
  for (const frame of frames) hub.show(frame)
  shown += frames.length
  await shows(page, shown)
}

function message(id: number, stage: MessageFrame['stage'], more: Partial<MessageFrame> = {}): MessageFrame {
  const ends = {
    kind: 'request',
    name: 'propose',
    from: 'bob',
    to: 'alice',
    tradeIds: [],
    summary: '',
    payload: null,
  } as const
  return { type: '@peerbook.message', id, atMs: id, stage, copy: stage === 'arrived' ? 1 : 0, ...ends, ...more }
}

const official = { rootId: 'x:0', createdAt: '0', id: null, _version: '0.7.2', atMs: 0 } as const

function actor(name: string, definition: string, value: unknown): ActorFrame {
  const snapshot = { status: 'active', value, context: {} } as const
  return { type: '@xstate.actor', ...official, sessionId: `x:${name}`, name, parentId: undefined, definition, snapshot }
}

function snapshot(name: string, event: string, value: unknown): SnapshotFrame {
  const after = { status: 'active', value, context: {} } as const
  return { type: '@xstate.snapshot', ...official, sessionId: `x:${name}`, event: { type: event }, snapshot: after }
}

test('a lost message ends in a cross, a late one slants, a copy says that it is one', async () => {
  await tell(message(1, 'sent'), message(1, 'lost'))
  const lost = page.locator('[data-message="1"]')
  expect(await lost.locator('.cross').count()).toBe(1)
  expect(await lost.getAttribute('aria-label')).toMatch(/, lost$/)
  await tell(
    message(2, 'sent'),
    message(3, 'sent'),
    message(3, 'arrived'),
    message(2, 'arrived'),
    message(2, 'arrived', { copy: 2 }),
  )
  expect(await fallOf('[data-message="3"] .first')).toBe(0)
  expect(await fallOf('[data-message="2"] .first')).toBeGreaterThan(0)
  expect(await fallOf('[data-message="2"] .copy')).toBeGreaterThan(await fallOf('[data-message="2"] .first'))
  expect(await page.locator('[data-message="2"] .again').textContent()).toBe('copy 2')
  expect(await page.locator('[data-message="2"]').getAttribute('aria-label')).toMatch(/, arrived 2 times$/)
})

async function fallOf(line: string): Promise<number> {
  const [from, to] = [await page.locator(line).getAttribute('y1'), await page.locator(line).getAttribute('y2')]
  return Number(to) - Number(from)
}

test('what strangers say is text, never markup', async () => {
  const markup = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
  const config = JSON.stringify({ id: markup, initial: markup, states: { [markup]: { description: markup } } })
  await tell(
    actor(markup, config, markup),
    message(1, 'sent', {
      name: markup,
      from: markup,
      to: 'alice',
      summary: markup,
      payload: { [markup]: markup },
      tradeIds: [markup],
    }),
    { type: '@peerbook.news', atMs: 0, text: markup },
    { type: '@peerbook.book', atMs: 0, peer: markup, market: markup, bids: [], asks: [] },
  )
  await page.locator('[data-message="1"]').focus()
  await page.keyboard.press('Enter')
  await page.locator('#payload .key').first().waitFor()
  expect(await page.locator('.statechart .title').first().textContent()).toBe(markup)
  expect(await page.locator('img, main script').count()).toBe(0)
  expect(await page.title()).toBe('peerbook inspector')
})

test('an official feeder does not say what fired, so it is worked out', async () => {
  await tell(actor('fed', JSON.stringify(bookMachine.config), 'recovering'), snapshot('fed', 'journal.read', 'open'))
  await choose(page, 'fed')
  expect(await litIn(page)).toEqual(['book', 'book.open'])
  expect(await page.locator('.arrow.fired .label').allTextContents()).toEqual(['journal.read'])
  await tell(snapshot('fed', 'order.place', 'open'))
  expect(await page.locator('.arrow.fired').count()).toBe(0)
  expect((await page.locator('.line.fired').allTextContents()).join(' ')).toMatch(/^order\.\*.*decide/)
})

test('a definition that is none breaks nothing', async () => {
  const none = ['', '[]', '{"states":', '{"states":{"a":3,"b":{"on":{"x":7,"y":"nowhere"},"states":null}}}']
  const odd = none.map((definition, index) => actor(`odd ${index}`, definition, { b: { c: 'd' } }))
  await tell(...odd, actor('sound', JSON.stringify(bookMachine.config), 'halted'))
  expect(await page.locator('[data-name^="odd"]').count()).toBe(2)
  await choose(page, 'odd 3')
  await choose(page, 'sound')
  expect(await litIn(page)).toEqual(['book', 'book.halted'])
})

test('pause, step and speed go to the hub, and the page shows what the hub says', async () => {
  const playback = {
    type: '@peerbook.playback',
    atMs: 0,
    isPaused: false,
    speed: 1,
    isOver: false,
    isPaced: true,
    isRecording: false,
  } as const
  expect(await page.locator('#pause').isDisabled()).toBe(true)
  await tell(playback)
  await page.getByRole('button', { name: 'Pause' }).click()
  await expect.poll(() => commands).toEqual([{ type: 'pause' }])
  await tell({ ...playback, isPaused: true, speed: 0.25 })
  expect(await page.locator('#speed').inputValue()).toBe('0.25')
  await page.getByRole('button', { name: 'Step' }).click()
  await page.getByRole('button', { name: 'Resume' }).click()
  await page.getByLabel('Speed').selectOption('2')
  await expect
    .poll(() => commands.slice(1))
    .toEqual([{ type: 'step' }, { type: 'resume' }, { type: 'speed', speed: 2 }])
  await tell({ ...playback, isOver: true })
  expect(await page.locator('#pause').isDisabled()).toBe(true)
  expect(await page.locator('#status').textContent()).toBe('Over.')
})

test('a book that is another life of the same peer fades the one of before', async () => {
  await tell(actor('alice', JSON.stringify(bookMachine.config), 'open'))
  const second = { ...actor('alice', JSON.stringify(bookMachine.config), 'open'), sessionId: 'y:0' }
  await tell(second)
  expect(await page.locator('[data-session="x:alice"].finished').count()).toBe(1)
  expect(await page.locator('[data-session="y:0"].finished').count()).toBe(0)
})

test('of ten thousand messages no more are drawn than can be seen', async () => {
  const frames = Array.from({ length: 10_000 }, (_, id) => [message(id, 'sent'), message(id, 'arrived')]).flat()
  await tell(...frames)
  expect(await page.locator('[data-message]').count()).toBeLessThan(60)
  expect(await page.locator('[data-message="9999"]').count()).toBe(1)
  await page.locator('[data-message="9999"]').click()
  await page.keyboard.press('ArrowUp')
  expect(await page.locator(':focus').getAttribute('data-message')).toBe('9998')
})
