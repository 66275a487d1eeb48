/** Pause, step and speed of what is being played. They tell the hub, and show what the hub says. */
import type { PlaybackFrame, ViewerCommand } from '../frame.ts'
import { byId, html, setText } from './element.ts'

const speeds = [0.1, 0.25, 0.5, 1, 2, 5, 10, 100]

export class Playing {
  readonly #pause = byId('pause', HTMLButtonElement)
  readonly #step = byId('step', HTMLButtonElement)
  readonly #speed = byId('speed', HTMLSelectElement)
  #isPaused = false

  constructor(send: (command: ViewerCommand) => void) {
    this.#speed.append(...speeds.map(optionOf))
    this.#pause.addEventListener('click', () => send({ type: this.#isPaused ? 'resume' : 'pause' }))
    this.#step.addEventListener('click', () => send({ type: 'step' }))
    this.#speed.addEventListener('change', () => send({ type: 'speed', speed: Number(this.#speed.value) }))
    this.show(null)
  }

  show(playback: PlaybackFrame | null): void {
    const isControlled = playback !== null && playback.isPaced && !playback.isOver
    for (const control of [this.#pause, this.#step, this.#speed]) control.disabled = !isControlled
    this.#isPaused = playback?.isPaused ?? false
    setText(this.#pause, this.#isPaused ? 'Resume' : 'Pause')
    const speed = String(playback?.speed ?? 1)
    if (![...this.#speed.options].some(({ value }) => value === speed)) this.#speed.append(optionOf(Number(speed)))
    this.#speed.value = speed
  }
}

function optionOf(speed: number): HTMLOptionElement {
  return html('option', { value: speed }, `${speed}×`)
}
