/**
 * One stop of the Tab key for a whole group; arrow keys, Home and End move within it, Enter and Space choose. The members may come
 * and go: they are looked up at each key.
 */
export interface Roving {
  /** The members in reading order. */
  readonly members: () => readonly (HTMLElement | SVGElement)[]
  readonly choose: (member: HTMLElement | SVGElement) => void
}

const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }

export function rove(group: HTMLElement | SVGElement, { members, choose }: Roving): void {
  group.addEventListener('keydown', event => {
    if (!(event instanceof KeyboardEvent)) return
    const all = members()
    const at = all.findIndex(member => member === event.target)
    if (at < 0) return
    const [here, next] = [all[at], all[nextIndex(event.key, at, all.length)]]
    if (here && (event.key === 'Enter' || event.key === ' ')) choose(here)
    else if (next && next !== here) moveTo(all, next)
    else return
    event.preventDefault()
  })
  group.addEventListener('click', event => {
    const all = members()
    const clicked = all.find(member => event.target instanceof Node && member.contains(event.target))
    if (!clicked) return
    moveTo(all, clicked)
    choose(clicked)
  })
}

/** Leaves exactly one member in the order of Tab: the one that was, or else the first. */
export function keepOneTabStop({ members }: Roving): void {
  const all = members()
  const stop = all.find(member => member.getAttribute('tabindex') === '0') ?? all[0]
  for (const member of all) member.setAttribute('tabindex', member === stop ? '0' : '-1')
}

function nextIndex(key: string, at: number, count: number): number {
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  return at + (steps[key] ?? 0)
}

function moveTo(all: readonly (HTMLElement | SVGElement)[], next: HTMLElement | SVGElement): void {
  for (const member of all) member.setAttribute('tabindex', member === next ? '0' : '-1')
  next.focus()
}
