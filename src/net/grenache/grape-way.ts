/** One grape as this peer's way into the DHT: what it says is checked, and how it fares is kept as a state with a sentence. */
import type { ByteBudget } from './byte-budget.ts'
import { BoundedLink } from './bounded-link.ts'
import { quoteForeign } from './json.ts'
import type { TransportLimits } from './transport-limits.ts'

export interface WayHealth {
  readonly state: 'untried' | 'reachable' | 'unreachable'
  readonly sentence: string
}

/** What a grape says that has kept an announcement to itself, if at all. */
const loneGrapeAnswer = 'No nodes to query'

const untried: WayHealth = { state: 'untried', sentence: 'it has not been asked yet' }
const reachable: WayHealth = { state: 'reachable', sentence: 'it answers' }

export class GrapeWay {
  readonly url: string
  readonly #link: BoundedLink
  readonly #changed: () => void
  #announcing: WayHealth = untried
  #lookingUp: WayHealth = untried

  constructor(url: string, limits: TransportLimits, budget: ByteBudget, changed: () => void) {
    this.url = url
    this.#link = new BoundedLink(url, limits, budget)
    this.#link.start()
    this.#changed = changed
  }

  /** True when the grape says how many other grapes have stored it: a failed announcement is an ordinary answer otherwise. */
  async announce(service: string, port: number): Promise<boolean> {
    this.#announcing = await healthOf('announcing', async () => {
      const answer = await this.#link.ask('announce', [service, port])
      if (answer === loneGrapeAnswer) throw new Error('it knows no other grape, so others may not find this peer')
      if (typeof answer !== 'number') throw new Error(`it answered ${quoteForeign(answer)}`)
    })
    this.#changed()
    return this.#announcing.state === 'reachable'
  }

  /** What the grape says, unchecked; undefined when it could not be asked. */
  async lookup(service: string): Promise<readonly unknown[] | undefined> {
    let found: readonly unknown[] | undefined
    this.#lookingUp = await healthOf('looking up', async () => {
      found = asList(await this.#link.ask('lookup', service))
    })
    this.#changed()
    return found
  }

  /** The worse of the two ways in which it is used. */
  health(): WayHealth {
    const both = [this.#announcing, this.#lookingUp]
    return both.find(it => it.state === 'unreachable') ?? both.find(it => it.state === 'reachable') ?? untried
  }

  stop(): void {
    this.#link.stop()
  }
}

async function healthOf(doing: string, attempt: () => Promise<void>): Promise<WayHealth> {
  try {
    await attempt()
    return reachable
  } catch (error) {
    const why = error instanceof Error ? error.message : quoteForeign(error)
    return { state: 'unreachable', sentence: `${doing} failed: ${why}` }
  }
}

function asList(answer: unknown): readonly unknown[] {
  if (answer === 'ERR_GRAPE_LOOKUP_EMPTY') return []
  if (!Array.isArray(answer)) throw new Error(`it answered ${quoteForeign(answer)}`)
  return [...(answer as unknown[])]
}
