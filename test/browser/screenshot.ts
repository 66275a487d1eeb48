/** `npm run screenshot`: takes the picture in src/inspect/README.md anew, of a trade in the middle of a scenario. */
import { join } from 'node:path'
import { Hub } from '../../src/inspect/hub.ts'
import { openBrowser, openPage } from './chromium.ts'
import { play } from './played.ts'
import { choose, shows, travelTo } from './seen.ts'

const file = join(import.meta.dirname, '../../src/inspect/screenshot.png')

const { frames } = await play('two-takers.txt')
const hub = await Hub.open({ port: 0, now: () => 0 })
for (const frame of frames) hub.show(frame)
const browser = await openBrowser()
const { page } = await openPage(browser, hub.url)
await shows(page, frames.length)
await choose(page, 'bob proposal alice 1')
const answered = frames.findIndex(
  frame =>
    frame.type === '@peerbook.message' && frame.name === 'answer' && frame.stage === 'arrived' && frame.to === 'bob',
)
const asked = frames.find(
  frame => frame.type === '@peerbook.message' && frame.name === 'propose' && frame.from === 'bob',
)
if (asked?.type !== '@peerbook.message') throw new Error('bob has proposed nothing')
await page.locator('#trade').selectOption(asked.tradeIds[0] ?? '')
await travelTo(page, answered + 1)
await page.locator(`[data-message="${asked.id}"]`).focus()
await page.keyboard.press('Enter')
await page.locator('#payload .key').first().waitFor()
await page.screenshot({ path: file })
await browser.close()
await hub.close()
process.stdout.write(`${file}\n`)
