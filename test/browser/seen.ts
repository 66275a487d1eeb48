/** Reads what the page shows, and waits until it shows a moment. Everything goes through locators. */
import type { Page } from 'playwright-core'

/** As much of an element as is read here: the tests have no types of the DOM. */
export interface Drawn {
  readonly id: string
  readonly tagName: string
  readonly scrollHeight: number
  scrollTop: number
  getAttribute(name: string): string | null
  dispatchEvent(event: Event): void
  computedStyleMap(): { get(property: string): unknown }
}

/** Resolves when the page shows the moment `seq`, which may be the last that it has. */
export async function travelTo(page: Page, seq: number): Promise<void> {
  await page.locator('#moment').fill(String(seq))
  await shows(page, seq)
}

export async function shows(page: Page, seq: number): Promise<void> {
  await page.locator('#moment-text', { hasText: new RegExp(`^${seq} of `) }).waitFor()
}

export async function choose(page: Page, name: string): Promise<void> {
  await page.locator(`[role=treeitem][data-name="${name}"]`).last().click()
  await page.locator('#chart-heading').getByText(`Statechart of ${name}`, { exact: true }).waitFor()
  await page.locator('.statechart').waitFor()
}

/** Names in the tree, in its order. */
export async function actorsIn(page: Page): Promise<string[]> {
  const names = await page
    .locator('[role=treeitem]')
    .evaluateAll((items: Drawn[]) => items.map(item => item.getAttribute('data-name')))
  return names.map(String)
}

/** Ids of the lit states, sorted. */
export async function litIn(page: Page): Promise<string[]> {
  const ids = await page
    .locator('.state.active')
    .evaluateAll((states: Drawn[]) => states.map(state => state.getAttribute('data-state')))
  return ids.map(String).sort()
}

/** Ids and names of messages in the diagram, drawn as it is scrolled from its top to its end; all of them, or those that a selector finds. */
export async function messagesIn(page: Page, selector = '[data-message]'): Promise<Map<number, string>> {
  const seen = new Map<number, string>()
  const pane = page.locator('#sequence')
  const step = 100
  const height = await pane.evaluate((element: Drawn) => element.scrollHeight)
  for (let top = 0; top <= height; top += step) {
    await pane.evaluate((element: Drawn, to: number) => {
      element.scrollTop = to
      element.dispatchEvent(new Event('scroll'))
    }, top)
    const drawn = await page
      .locator(selector)
      .evaluateAll((all: Drawn[]) =>
        all.map(one => [one.getAttribute('data-message'), one.getAttribute('data-name')] as const),
      )
    for (const [id, name] of drawn) seen.set(Number(id), String(name))
  }
  return seen
}

/** All that the page shows, as text, but for what is a viewer's own. */
export async function shownBy(page: Page): Promise<string[]> {
  const panes = ['#tree', '#chart', '#ladder', '#context', '#news', '#sequence', '#moment-text']
  return Promise.all(panes.map(async pane => `${pane} ${(await page.locator(pane).textContent()) ?? ''}`))
}
