/**
 * Makes a story that fails as small as it can be and still fail in the same way: whole kinds of faults, whole peers, all orders of
 * a peer go first, then ever smaller parts, then single lines; in the end time is made shorter. Every candidate is played.
 */
import { advancedMs, linesOf, mended, type Line } from './line.ts'
import { playText, type Played } from './play-seed.ts'
import { isCheck, scenarioText } from './scenario-text.ts'
import { signatureOf } from './signature.ts'

/** What is to be made smaller. */
export interface Failed extends Played {
  readonly seed: number
  readonly text: string
}

export interface ShrinkOptions {
  readonly hasRealSignatures: boolean
  /** After so long the smallest so far is given, milliseconds. */
  readonly limitMs: number
  /** Milliseconds, rising. */
  readonly now: () => number
  /** Hears how many commands are left, and how many stories have been played. */
  readonly progress?: (commands: number, played: number) => void
  /** How a story is played. */
  readonly play?: (text: string) => Promise<Played>
}

/** In the sentences that stand above it. */
const sentenceCharactersMax = 300

/** The text of a scenario that fails by itself. The last thing that is done is to play what is given. */
export async function shrink(failed: Failed, options: ShrinkOptions): Promise<string> {
  const search = new Search(failed, options)
  return await search.run()
}

class Search {
  readonly #failed: Failed
  readonly #options: ShrinkOptions
  readonly #signature: string
  readonly #endMs: number
  readonly #tried = new Set<string>()
  #lines: readonly Line[]
  #played = 0

  constructor(failed: Failed, options: ShrinkOptions) {
    const signature = signatureOf(failed)
    if (signature === null) throw new Error(`seed ${failed.seed} has not failed: there is nothing to shrink`)
    this.#failed = failed
    this.#options = options
    this.#signature = signature
    this.#endMs = options.now() + options.limitMs
    this.#lines = linesOf(commandsOf(failed.text))
  }

  async run(): Promise<string> {
    for (let before = Infinity; this.#lines.length < before && !this.#isLate();) {
      before = this.#lines.length
      for (const kind of kinds) await this.#try(this.#lines.filter(({ text }) => !kind.test(text)))
      for (const name of this.#names()) await this.#try(withoutPeer(this.#lines, name))
      for (let size = this.#lines.length >> 1; size >= 1; size >>= 1) await this.#tryParts(size)
    }
    await this.#tryShorter()
    return this.#verified()
  }

  #isLate(): boolean {
    return this.#options.now() >= this.#endMs
  }

  #names(): string[] {
    const [, names = ''] =
      /^peers (.*)$/.exec(this.#lines.find(({ text }) => text.startsWith('peers '))?.text ?? '') ?? []
    const joined = this.#lines.flatMap(({ text }) => /^join (\S+)/.exec(text)?.[1] ?? [])
    return [...names.split(' '), ...joined].filter(name => name !== '').reverse()
  }

  /** From the end: what comes late matters least to what comes before. */
  async #tryParts(size: number): Promise<void> {
    for (let end = this.#lines.length; end > 0; end -= size) {
      const start = Math.max(0, end - size)
      await this.#try(this.#lines.filter((line, index) => index < start || index >= end || isFixed(line)))
    }
  }

  async #tryShorter(): Promise<void> {
    for (let index = 0; index < this.#lines.length; index += 1) {
      const ms = advancedMs(this.#lines[index]?.text ?? '')
      for (let shorter = (ms ?? 0) >> 1; shorter >= 1; shorter >>= 1) {
        const shortened = { text: `advance ${shorter}ms`, places: null }
        if (!(await this.#try(this.#lines.with(index, shortened)))) break
      }
    }
  }

  /** Keeps what still fails in the same way. */
  async #try(candidate: readonly Line[]): Promise<boolean> {
    if (this.#isLate()) return false
    const lines = mended(candidate)
    const text = this.#textOf(lines, [])
    if (this.#tried.has(text) || !hasPeers(lines)) return false
    this.#tried.add(text)
    if (signatureOf(await this.#play(text)) !== this.#signature) return false
    this.#lines = linesOf(lines.map(line => line.text))
    return true
  }

  async #play(text: string): Promise<Played> {
    this.#played += 1
    this.#options.progress?.(this.#lines.length, this.#played)
    const { play, hasRealSignatures } = this.#options
    return play ? play(text) : playText(text, this.#failed.seed, hasRealSignatures)
  }

  async #verified(): Promise<string> {
    const played = await this.#play(this.#textOf(this.#lines, []))
    if (signatureOf(played) !== this.#signature)
      throw new Error(
        `the shrunk story of seed ${this.#failed.seed} does not fail as it did: the run is not deterministic`,
      )
    return this.#textOf(this.#lines, sentencesOf(played))
  }

  #textOf(lines: readonly Line[], comments: readonly string[]): string {
    return scenarioText({ comments, seed: this.#failed.seed, lines })
  }
}

/** Everything of one kind goes at once, with what ends it. */
const kinds = [
  ...[/^drop /, /^duplicate /, /^delay /, /^forge /, /^(partition|cut) /, /^(partition|cut|delay all) |^heal$/],
  ...[/^skew /, /^pause /, /^(crash|restart) /, /^(stop|kill) /, /^(cancel|amend) /, / (gtd|ioc|post-only)\b/],
]

function commandsOf(text: string): string[] {
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  const answers = new Set(lines.flatMap((line, index) => (line === '----' ? [index, index + 1] : [])))
  return lines.filter((_, index) => !answers.has(index))
}

/** Without these there is no story, or nothing that tells of its failure. */
function isFixed({ text }: Line): boolean {
  return text.startsWith('peers ') || isCheck(text)
}

function hasPeers(lines: readonly Line[]): boolean {
  return lines.some(({ text }) => text.startsWith('peers ')) && isCheck(lines.at(-1)?.text ?? '')
}

/** The name goes from the list of peers; whatever else speaks of it cannot be understood any more, and goes when it is mended. */
function withoutPeer(lines: readonly Line[], name: string): Line[] {
  return lines
    .filter(({ text }) => !text.startsWith(`join ${name} `))
    .map(line => (line.text.startsWith('peers ') ? { ...line, text: without(line.text, name) } : line))
}

function without(text: string, name: string): string {
  return text
    .split(' ')
    .filter((word, index) => index === 0 || word !== name)
    .join(' ')
}

function sentencesOf({ violations, failure }: Played): string[] {
  const said = violations.slice(0, 3).map(({ invariant, sentence }) => `Invariant ${invariant}: ${sentence}.`)
  const all = said.length > 0 ? said : [`It fails: ${(failure ?? '').split('\n')[0]}`]
  return all.map(sentence => sentence.slice(0, sentenceCharactersMax))
}
