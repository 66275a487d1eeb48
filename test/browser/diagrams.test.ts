/** The pictures of the machines in a real browser: every text fits the box that it was measured for, and can be read, light and dark. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { machines } from '../../src/inspect/diagrams/machines.ts'
import { openBrowser } from './chromium.ts'

interface SeenText {
  readonly text: string
  /** It is inside the box that it stands in. */
  readonly fits: boolean
  /** Its colour and the box's: `rgb(27, 31, 36)`. */
  readonly colours: readonly [string, string]
}

const folder = join(import.meta.dirname, '../../machines/diagrams')
/** Text on its ground, as WCAG 2 wants it of small print: https://www.w3.org/TR/WCAG22/#contrast-minimum */
const contrastMin = 4.5
/** Runs in the page. */
const seenTexts = `[...document.querySelectorAll('text')].map(text => {
  const rect = text.parentElement.querySelector('rect')
  const [inner, outer] = [text.getBBox(), rect.getBBox()]
  const isBeside = inner.x < outer.x || inner.x + inner.width > outer.x + outer.width
  const isAbove = inner.y < outer.y - 1 || inner.y + inner.height > outer.y + outer.height + 1
  return { text: text.textContent, fits: !isBeside && !isAbove, colours: [text, rect].map(one => getComputedStyle(one).fill) }
})`

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
}, 60_000)
afterAll(() => browser.close())

describe.each(['light', 'dark'] as const)('in %s', colorScheme => {
  test.each(machines.map(({ id }) => id))('the picture of %s can be read', async id => {
    const page = await browser.newPage({ colorScheme })
    await page.goto(pathToFileURL(join(folder, `${id}.svg`)).href)
    const seen = await page.evaluate<readonly SeenText[]>(seenTexts)
    expect(seen.length).toBeGreaterThan(5)
    expect(seen.filter(({ fits }) => !fits).map(({ text }) => text)).toEqual([])
    const pale = seen.filter(({ colours }) => contrastOf(...colours) < contrastMin)
    expect(pale).toEqual([])
    const isDark = luminanceOf(seen[0]?.colours[1] ?? '') < 0.5
    expect(isDark).toBe(colorScheme === 'dark')
    await page.close()
  })
})

function contrastOf(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

/** Relative luminance of `rgb(r, g, b)`: 0 is black, 1 is white. */
function luminanceOf(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/\d+/g) ?? []).map(part => {
    const share = Number(part) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
