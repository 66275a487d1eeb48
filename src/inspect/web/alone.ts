/** The buttons that give one pane the window, and everything back when they are pressed again. Of several panes only one can have it. */
import { byId, setAttributes } from './element.ts'

const ids = ['chart-only', 'messages-only'] as const

export function letPanesStandAlone(): void {
  const buttons = ids.map(id => byId(id, HTMLButtonElement))
  for (const pressed of buttons)
    pressed.addEventListener('click', () => {
      const isAlone = !document.body.classList.contains(pressed.id)
      for (const button of buttons) press(button, button === pressed && isAlone)
    })
}

/** The styles know the rest from the class. */
function press(button: HTMLButtonElement, isPressed: boolean): void {
  document.body.classList.toggle(button.id, isPressed)
  setAttributes(button, { 'aria-pressed': String(isPressed) })
}
