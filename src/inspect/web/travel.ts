/** The slider over what was recorded. At its end it follows what comes; anywhere else the page stays at that moment. */
import { byId, setAttributes, setText } from './element.ts'
import type { Scene } from './scene.ts'
import type { Timeline } from './timeline.ts'

export class Travel {
  readonly #slider = byId('moment', HTMLInputElement)
  readonly #text = byId('moment-text', HTMLOutputElement)
  readonly #follow = byId('live', HTMLButtonElement)
  /** Null while the end is followed. */
  #seq: number | null = null

  constructor(moved: () => void) {
    this.#slider.addEventListener('input', () => {
      const seq = Number(this.#slider.value)
      this.#seq = seq >= Number(this.#slider.max) ? null : seq
      moved()
    })
    this.#follow.addEventListener('click', () => {
      this.#seq = this.isFollowing ? Number(this.#slider.value) : null
      moved()
    })
  }

  get isFollowing(): boolean {
    return this.#seq === null
  }

  /** The moment that is shown. */
  seqIn(timeline: Timeline): number {
    return Math.max(this.#seq ?? timeline.lastSeq, timeline.firstSeq)
  }

  show(timeline: Timeline, scene: Scene): void {
    setAttributes(this.#slider, { min: timeline.firstSeq, max: timeline.lastSeq })
    this.#slider.value = String(this.seqIn(timeline))
    const text = `${scene.seq} of ${timeline.lastSeq}, ${(scene.atMs / 1_000).toFixed(3)} s`
    setText(this.#text, text)
    setAttributes(this.#slider, { 'aria-valuetext': text })
    setAttributes(this.#follow, { 'aria-pressed': String(this.isFollowing) })
  }
}
