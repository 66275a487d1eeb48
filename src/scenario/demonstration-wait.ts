/** Waiting on a stage in small pieces, so that a progress bar can move and Ctrl-C is heard even where time is virtual. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Stage } from './stage.ts'

/** Somebody has asked to stop. */
export class Interrupted extends Error {}

const pieceMs = 100

/** False when the limit is passed before the condition holds. Throws Interrupted when the signal says so. */
export async function waitUntil(
  stage: Stage,
  condition: () => boolean,
  limitMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const lateMs = stage.now() + limitMs
  while (!condition()) {
    if (signal.aborted) throw new Interrupted('stopped')
    if (stage.now() >= lateMs) return false
    await stage.until(() => condition() || signal.aborted, Math.min(pieceMs, lateMs - stage.now()))
    await turn()
  }
  return true
}
