/** A scenario, played at once in simulation, as the frames that a hub would show of it, and its messages as the simulation itself has them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRefusal } from '../../src/book/refusal.ts'
import type { FrameBody } from '../../src/inspect/frame.ts'
import { Inspector } from '../../src/inspect/inspector.ts'
import { parseScenario } from '../../src/scenario/parse-scenario.ts'
import { playScenario } from '../../src/scenario/play-scenario.ts'
import { SimulatedStage } from '../../src/scenario/simulated-stage.ts'

export interface Played {
  readonly frames: readonly FrameBody[]
  /** Requests and replies, in the order of sending. */
  readonly sent: readonly { readonly id: number; readonly from: string; readonly to: string }[]
}

export async function play(name: string): Promise<Played> {
  const frames: FrameBody[] = []
  const sent: { id: number; from: string; to: string }[] = []
  const parsed = parseScenario(readFileSync(join(import.meta.dirname, '../scenarios', name), 'utf8'), name)
  if (isRefusal(parsed)) throw new Error(parsed.sentence)
  let now = () => 0
  const inspector = new Inspector({ now: () => now(), show: frame => frames.push(frame) })
  const stage = new SimulatedStage(1, { inspectorOf: peer => inspector.observerOf(peer) })
  now = () => stage.now()
  inspector.watch(stage.history)
  stage.history.listen(happened => {
    if (happened.type !== 'sent') return
    const { kind, from, to } = happened.message
    if (kind === 'request' || kind === 'reply') sent.push({ id: happened.id, from, to })
  })
  const { failure } = await playScenario(parsed, stage, {
    begins: ({ commands }) =>
      tell(
        inspector,
        commands.map(one => one.text),
      ),
  })
  if (failure) throw new Error(`${name}:${failure.line}: ${failure.sentence}`)
  return { frames, sent }
}

function tell(inspector: Inspector, lines: readonly string[]): Promise<void> {
  for (const line of lines) inspector.tell(line)
  return Promise.resolve()
}
