/** The page that hands frames to the hosted inspector, with a stand-in for the latter: tests reach no internet. */
import type { Browser, Frame, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Hub } from '../../src/inspect/hub.ts'
import { actor, news, openHub, snapshot } from '../inspect/given.ts'
import { openBrowser } from './chromium.ts'

/** On a machine that is busy with others. */
const testMsMax = 90_000
const standIn = (connects: boolean): string => `<script>
  window.got = []
  addEventListener('message', ({ data }) => got.push(data))
  ${connects ? "parent.postMessage({ type: '@statelyai.connected' }, '*')" : ''}
</script>`

let browser: Browser
let hub: Hub
beforeAll(async () => {
  browser = await openBrowser()
}, testMsMax)
afterEach(() => hub.close())
afterAll(() => browser.close())

/** The hosted inspector in its frame, as it is once the page has loaded. */
async function shownBy(html: string): Promise<Frame> {
  hub = await openHub()
  hub.show(actor('alice/x:0', 'alice'))
  hub.show(news('for viewers alone'))
  const page = await browser.newPage()
  await page.route('https://stately.ai/inspect', route => route.fulfill({ contentType: 'text/html', body: html }))
  await page.goto(`${hub.url}stately`)
  return hostedIn(page)
}

async function hostedIn(page: Page): Promise<Frame> {
  const iframe = await page.waitForSelector('iframe[src^="https://stately.ai/"]', { state: 'attached' })
  const frame = await iframe.contentFrame()
  if (!frame) throw new Error('the page shows no hosted inspector')
  await frame.waitForFunction('window.got !== undefined')
  return frame
}

test(
  'the hosted inspector gets the official frames, those from before it came included',
  { timeout: testMsMax },
  async () => {
    const frame = await shownBy(standIn(true))
    await frame.waitForFunction('got.length === 1')
    hub.show(snapshot('alice/x:0', 'open'))
    await frame.waitForFunction('got.length === 2')
    expect(await frame.evaluate('got')).toMatchObject([
      { type: '@xstate.actor', name: 'alice' },
      { type: '@xstate.snapshot', snapshot: { value: 'open' } },
    ])
  },
)

test('who does not say that it is the inspector gets nothing', { timeout: testMsMax }, async () => {
  const frame = await shownBy(standIn(false))
  const page = frame.page()
  const connected = page.waitForEvent('websocket')
  await page.reload()
  const socket = await connected
  const again = await hostedIn(page)
  await again.evaluate("parent.postMessage({ type: 'hello' }, '*')")
  const arrived = socket.waitForEvent('framereceived', ({ payload }) => String(payload).includes('@xstate.snapshot'))
  hub.show(snapshot('alice/x:0', 'open'))
  await arrived
  // What this page hands on after what it has been sent arrives after it.
  await page.evaluate("document.querySelector('iframe').contentWindow.postMessage('last', '*')")
  await again.waitForFunction("got.includes('last')")
  expect(await again.evaluate('got')).toEqual(['last'])
})
