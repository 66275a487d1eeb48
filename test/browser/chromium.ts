/** The real browser that the page is tested in: the system's Chromium, without a screen. */
import { existsSync } from 'node:fs'
import { chromium, type Browser, type Page } from 'playwright-core'

const path = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** Rejects with a sentence that says how to get one. */
export async function openBrowser(): Promise<Browser> {
  if (!existsSync(path))
    throw new Error(
      `There is no Chromium at ${path}: install it (Debian: apt-get update && apt-get install -y chromium), or say where it is: CHROMIUM=PATH npm test.`,
    )
  return chromium.launch({ executablePath: path, args: ['--no-sandbox'] })
}

/** A window of 1280 by 800 at the hub's page. `complaints` are errors in it, and whatever it asks of anybody but its hub. */
export async function openPage(browser: Browser, url: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' })
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('request', request => {
    const isOwn = ['http', 'ws', 'blob:http'].some(scheme => request.url().startsWith(url.replace('http', scheme)))
    if (!isOwn && !request.url().startsWith('data:')) complaints.push(`asked for ${request.url()}`)
  })
  await page.goto(url)
  return { page, complaints }
}
