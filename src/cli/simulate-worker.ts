/** A process that plays the seeds which its parent sends, one after the other, and sends back what came of each. */
import { playSeed, type SeedReport } from '../scenario/campaign/play-seed.ts'
import type { Bounds } from '../scenario/campaign/bounds.ts'
import { endingSignals } from './ending-signals.ts'

export interface Assignment {
  readonly seed: number
  readonly bounds: Bounds
}

/** `defect`: the simulator or the product has thrown where nothing may. */
export type Delivery = { readonly report: SeedReport } | { readonly seed: number; readonly defect: string }

/** Errors that nobody catches, as RxJS reports them, belong to the seed that is being played. */
let playing = 0

process.on('message', ({ seed, bounds }: Assignment) => {
  playing = seed
  playSeed(seed, bounds).then(
    report => deliver({ report }),
    (error: unknown) => endWith(error),
  )
})
process.on('uncaughtException', endWith)
process.on('disconnect', () => process.exit())
// What a whole group of processes is told, as by Ctrl-C, is meant for the parent, which ends the campaign.
for (const signal of endingSignals) process.on(signal, () => undefined)

/** Who wanted to know may have gone. */
function deliver(delivery: Delivery): void {
  if (process.connected) process.send?.(delivery)
  else process.exit()
}

/** Who knows what it has broken here: the next seed is played by another process. */
function endWith(error: unknown): void {
  deliver({ seed: playing, defect: textOf(error) })
  process.exitCode = 1
  process.disconnect()
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
