/**
 * Everything that was recorded, and the scene at any moment of it: the nearest keyframe before, and the frames since. What exceeds
 * the limit is folded into the first keyframe, so that the oldest moments go and the newest scene stays true.
 */
import type { Frame } from '../frame.ts'
import { limits } from '../../limits.ts'
import { apply, copyOf, emptyScene, type Scene } from './scene.ts'

const framesPerKeyframe = 256

export class Timeline {
  readonly #frames: Frame[] = []
  /** The scene before frame `index * framesPerKeyframe`. */
  readonly #keyframes: Scene[] = [emptyScene()]
  readonly #framesMax: number
  readonly #newest = emptyScene()

  constructor(framesMax: number = limits.inspectPageFramesMax) {
    this.#framesMax = framesMax
  }

  get length(): number {
    return this.#frames.length
  }

  get frames(): readonly Frame[] {
    return this.#frames
  }

  /** The oldest moment that can be shown; 0 when there is none. */
  get firstSeq(): number {
    return this.#frames[0]?.seq ?? 0
  }

  get lastSeq(): number {
    return this.#newest.seq
  }

  /** The scene after the last frame. Not to be kept: it changes with the next. */
  get newest(): Scene {
    return this.#newest
  }

  /** False for a frame that is known already, as when a hub replays after a connection was lost. */
  add(frame: Frame): boolean {
    if (frame.seq <= this.lastSeq) return false
    if (this.#frames.length > 0 && this.#frames.length % framesPerKeyframe === 0)
      this.#keyframes.push(copyOf(this.#newest))
    this.#frames.push(frame)
    apply(this.#newest, frame)
    if (this.#frames.length > this.#framesMax) this.#dropOldest()
    return true
  }

  /** The scene as it was after the last frame up to `seq`. */
  at(seq: number): Scene {
    if (seq >= this.lastSeq) return this.#newest
    const count = this.countUpTo(seq)
    const index = Math.floor(count / framesPerKeyframe)
    const known = Math.min(index, this.#keyframes.length - 1)
    const scene = copyOf(this.#keyframes[known] ?? emptyScene())
    for (const frame of this.#frames.slice(known * framesPerKeyframe, count)) apply(scene, frame)
    return scene
  }

  /** How many frames there are up to `seq`: binary search, since numbers rise and may have gaps. */
  countUpTo(seq: number): number {
    let [low, high] = [0, this.#frames.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#frames[middle]?.seq ?? Infinity) <= seq) low = middle + 1
      else high = middle
    }
    return low
  }

  /** A tenth at once, in whole keyframes. */
  #dropOldest(): void {
    const keyframes = Math.max(1, Math.floor(this.#keyframes.length / 10))
    this.#frames.splice(0, keyframes * framesPerKeyframe)
    this.#keyframes.splice(0, keyframes)
  }
}
