/** Makes elements. Text always goes in as text: what a peer or a feeder says can never become markup. */
export type Attributes = Readonly<Record<string, string | number | boolean | null>>
export type Content = Node | string

const svgNamespace = 'http://www.w3.org/2000/svg'

export function html<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  attributes: Attributes = {},
  ...content: readonly Content[]
): HTMLElementTagNameMap[T] {
  const element = document.createElement(tag)
  setAttributes(element, attributes)
  element.append(...content)
  return element
}

export function svg<T extends keyof SVGElementTagNameMap>(
  tag: T,
  attributes: Attributes = {},
  ...content: readonly Content[]
): SVGElementTagNameMap[T] {
  const element = document.createElementNS(svgNamespace, tag)
  setAttributes(element, attributes)
  element.append(...content)
  return element
}

/** `false` and null take an attribute away, `true` sets it without a value. */
export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null) element.removeAttribute(name)
    else element.setAttribute(name, value === true ? '' : String(value))
  }
}

/** Changes nothing where nothing has changed, so that a selection of text and the reader's place survive. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/** The element of the page with that id. */
export function byId<T extends Element>(id: string, kind: abstract new () => T): T {
  const element = document.getElementById(id)
  if (element instanceof kind) return element
  throw new Error(`index.html has no ${kind.name} with the id ${id}`)
}
