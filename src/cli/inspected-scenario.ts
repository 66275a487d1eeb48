/**
 * One scenario that is played for people to watch: its stage, its pace, the hub that shows it, the recording that keeps it. The place where
 * inspector and scenario meet; neither knows of the other.
 */
import { realClock } from '../index.ts'
import type { FrameBody } from '../inspect/frame.ts'
import { Hub } from '../inspect/hub.ts'
import { Inspector } from '../inspect/inspector.ts'
import { Playback } from '../inspect/playback.ts'
import type { Recording } from '../inspect/recording.ts'
import { GrenacheStage } from '../scenario/grenache-stage.ts'
import { playScenario, type Performance } from '../scenario/play-scenario.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { SimulatedStage } from '../scenario/simulated-stage.ts'
import type { Stage } from '../scenario/stage.ts'
import type { InspectOptions } from './inspect-options.ts'
import { Pace } from './pace.ts'
import { pacedDriver } from './paced-driver.ts'

/** Time to read what is about to happen, real milliseconds at speed 1. */
const commandsMs = 1_000

/** One scenario, its stage and everything that shows it. */
export class InspectedScenario {
  readonly #options: InspectOptions
  readonly #recording: Recording | null
  readonly #say: (line: string) => void
  readonly #playback: Playback
  readonly #pace = new Pace()
  readonly #inspector: Inspector
  #hub: Hub | null = null
  #stage: Stage | null = null
  #isOver = false

  /** `say` takes what the user must know besides. */
  constructor(options: InspectOptions, recording: Recording | null, say: (line: string) => void) {
    this.#say = say
    this.#options = options
    this.#recording = recording
    this.#playback = new Playback(realClock(), () => this.#tellPlayback(), options.speed)
    this.#inspector = new Inspector({ now: () => this.#now(), show: frame => this.#show(frame) })
    if (options.isPaused) this.#playback.obey({ type: 'pause' })
  }

  /** Viewers may come when it resolves. */
  async open(): Promise<Hub> {
    const hub = await Hub.open({
      port: this.#options.port,
      now: () => this.#now(),
      commanded: command => this.#playback.obey(command),
      kept: text => this.#record(text),
    })
    this.#hub = hub
    this.#tellPlayback()
    return hub
  }

  async play(scenario: Scenario): Promise<Performance> {
    const stage = this.#options.live ? await this.#liveStage() : this.#simulatedStage(scenario)
    this.#stage = stage
    try {
      return await playScenario(scenario, stage, {
        begins: async ({ comments, commands }) => {
          await this.#playback.turn(commandsMs)
          for (const text of [...comments, ...commands.map(one => one.text)]) this.#inspector.tell(text)
          this.#playback.seen()
        },
        played: ({ answer }) => {
          for (const line of ['----', ...answer]) this.#inspector.tell(line)
        },
      })
    } finally {
      this.#isOver = true
      this.#tellPlayback()
      this.#recording?.close()
      await stage.close()
    }
  }

  async close(): Promise<void> {
    this.#recording?.close()
    await this.#hub?.close()
  }

  #simulatedStage({ seeds }: Scenario): Stage {
    const stage = new SimulatedStage(this.#options.seed ?? seeds?.[0] ?? 1, {
      driverOf: clock => pacedDriver(clock, this.#playback, this.#pace, () => this.#hub?.shown ?? 0),
      inspectorOf: name => this.#inspector.observerOf(name),
    })
    this.#inspector.watch(stage.history)
    return stage
  }

  /** Real time cannot be slowed: only the commands are. */
  #liveStage(): Promise<Stage> {
    return GrenacheStage.set([], name => ({
      inspect: this.#inspector.observerOf(name),
      tap: transport => this.#inspector.tap(name, transport),
    }))
  }

  #now(): number {
    return this.#stage?.now() ?? 0
  }

  #show(frame: FrameBody): void {
    if (frame.type === '@peerbook.message') this.#pace.seen(frame)
    this.#hub?.show(frame)
  }

  #record(text: string): void {
    const recording = this.#recording
    if (!recording?.isRecording) return
    if (recording.add(text)) return
    this.#say(`${recording.file} has become as large as a recording may be; what comes now is not in it.`)
    this.#tellPlayback()
  }

  #tellPlayback(): void {
    const isRecording = !this.#isOver && this.#recording?.isRecording === true
    const state = { ...this.#playback.state, isOver: this.#isOver, isPaced: true, isRecording }
    this.#show({ type: '@peerbook.playback', atMs: this.#now(), ...state })
  }
}
