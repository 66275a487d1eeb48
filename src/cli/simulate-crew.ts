/** Child processes, as many as there are cores, that take seeds from a common list; their reports come in the order of the seeds. */
import { fork, type ChildProcess } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { bundleOf } from './bundle.ts'
import type { Bounds } from '../scenario/campaign/bounds.ts'
import { seedOf } from './simulate-totals.ts'
import type { Delivery } from './simulate-worker.ts'

export interface CrewOptions {
  readonly bounds: Bounds
  readonly first: number
  readonly count: number
  /** False: the seeds that are being played are the last ones. */
  readonly goesOn: () => boolean
  /** Hears of each seed, in the order of the seeds. */
  readonly delivered: (delivery: Delivery) => void
  /** The children load their modules as this process does, one by one: it may patch them. Otherwise they load one bundle, which is faster. */
  readonly loadsAsHere: boolean
}

/**
 * Of what a seed makes most is garbage a moment later: nothing begins its life among what is old, since one small dead object there keeps
 * all the young ones that it knows. Children have every core busy already, so that none is left to help to collect. And all that a peer
 * and its observers do is warm while nothing is hot: to optimise thousands of functions, each with others inlined, costs as much as to
 * play fifty seeds.
 */
const v8Flags = [
  ...['--no-allocation-site-pretenuring', '--no-parallel-scavenge'],
  ...['--always-sparkplug', '--max-inlined-bytecode-size-cumulative=300'],
]

const workerProgram = join(import.meta.dirname, 'simulate-worker.ts')

/** Resolves when the last seed has been delivered. Children end with their parent, since they listen to it. */
export async function playWithCrew(options: CrewOptions): Promise<void> {
  if (options.loadsAsHere) return play(options, { path: workerProgram, execArgv: process.execArgv })
  const bundle = await bundleOf(workerProgram)
  try {
    await play(options, { path: bundle.path, execArgv: ['--enable-source-maps'] })
  } finally {
    bundle.remove()
  }
}

function play(options: CrewOptions, program: Program): Promise<void> {
  return new Promise((resolve, reject) => {
    const crew = new Crew(options, program, resolve, reject)
    crew.start(Math.min(availableParallelism(), options.count))
  })
}

/** What the children run, and how. */
interface Program {
  readonly path: string
  readonly execArgv: readonly string[]
}

class Crew {
  readonly #options: CrewOptions
  readonly #program: Program
  readonly #resolve: () => void
  readonly #reject: (error: Error) => void
  /** With the seed that each is playing; null: none. */
  readonly #children = new Map<ChildProcess, number | null>()
  /** Came before those of earlier seeds: never more than there are children. */
  readonly #early = new Map<number, Delivery>()
  #next: number
  #told: number

  constructor(options: CrewOptions, program: Program, resolve: () => void, reject: (error: Error) => void) {
    this.#options = options
    this.#program = program
    this.#resolve = resolve
    this.#reject = reject
    this.#next = options.first
    this.#told = options.first
  }

  start(count: number): void {
    for (let one = 0; one < count; one += 1) this.#hire()
  }

  #hire(): void {
    const { path, execArgv } = this.#program
    const child = fork(path, { serialization: 'advanced', execArgv: [...execArgv, ...v8Flags] })
    this.#children.set(child, null)
    child.on('message', (delivery: Delivery) => {
      this.#children.set(child, null)
      this.#take(delivery)
      if ('report' in delivery) this.#assign(child)
    })
    child.on('exit', (code, signal) => this.#leave(child, signal ?? code))
    child.on('error', this.#reject)
    this.#assign(child)
  }

  #assign(child: ChildProcess): void {
    const { first, count, bounds, goesOn } = this.#options
    if (this.#next >= first + count || !goesOn()) {
      if (child.connected) child.disconnect()
      return
    }
    if (!child.connected) return
    child.send({ seed: this.#next, bounds })
    this.#children.set(child, this.#next)
    this.#next += 1
  }

  #take(delivery: Delivery): void {
    this.#early.set(seedOf(delivery), delivery)
    for (let ready = this.#early.get(this.#told); ready; ready = this.#early.get(this.#told)) {
      this.#early.delete(this.#told)
      this.#told += 1
      this.#options.delivered(ready)
    }
  }

  /** One that has met a defect ends; one that dies without a word leaves its seed as one. As long as there is work, it is replaced. */
  #leave(child: ChildProcess, how: number | string | null): void {
    const seed = this.#children.get(child) ?? null
    this.#children.delete(child)
    if (seed !== null) this.#take({ seed, defect: `the process that played it has ended (${how}).` })
    const { first, count, goesOn } = this.#options
    if (this.#next < first + count && goesOn()) return this.#hire()
    if (this.#children.size === 0) this.#resolve()
  }
}
