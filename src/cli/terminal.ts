/**
 * Lines in, lines out. At a terminal there is a prompt, and what is printed never mangles the line that is being typed; elsewhere
 * there are plain lines and no prompt. Understands nothing of what is typed.
 */
import { clearScreenDown, createInterface, cursorTo, moveCursor, type Interface } from 'node:readline'
import { coloursOf, noColours } from './colours.ts'
import type { Colours } from '../scenario/report.ts'

/** What processes share a terminal through. */
const { stdin, stdout } = process

export interface TerminalOptions {
  readonly prompt: () => string
  /** Ctrl-C at the prompt. */
  readonly interrupted: () => void
  /** Nobody reads any more: there is nothing left to say it to. */
  readonly left: () => void
  /** Never a prompt or colours, even at a terminal. */
  readonly isPlain: boolean
}

export class Terminal {
  /** Whether somebody types and looks. */
  readonly isInteractive: boolean
  readonly colours: Colours
  readonly #options: TerminalOptions
  #readline: Interface | null = null

  constructor(options: TerminalOptions) {
    const isSeen = stdout.isTTY && process.env['TERM'] !== 'dumb' && !options.isPlain
    this.#options = options
    this.isInteractive = isSeen && stdin.isTTY
    this.colours = options.isPlain ? noColours : coloursOf(stdout)
    stdout.on('error', options.left)
  }

  /** Every line until the end of input, Ctrl-D, or `close`. */
  async *lines(): AsyncIterable<string> {
    const readline = createInterface({
      input: stdin,
      ...(this.isInteractive ? { output: stdout } : {}),
      terminal: this.isInteractive,
    })
    this.#readline = readline
    readline.on('SIGINT', this.#options.interrupted)
    readline.on('close', () => this.#forget(readline))
    this.askForMore()
    yield* readline
  }

  /** Shows the prompt again, behind an answer. */
  askForMore(): void {
    if (!this.isInteractive) return
    this.#readline?.setPrompt(this.#options.prompt())
    this.#readline?.prompt(true)
  }

  print(lines: readonly string[]): void {
    if (lines.length === 0) return
    const text = `${lines.join('\n')}\n`
    if (this.#readline && this.isInteractive) this.#printAbove(this.#readline, text)
    else stdout.write(text)
  }

  close(): void {
    this.#readline?.close()
    // A pipe that nobody closes would keep the process alive. A file ends by itself and cannot be told.
    if ('unref' in stdin) stdin.unref()
  }

  /** What was being typed is not asked for any more. */
  #forget(readline: Interface): void {
    if (this.isInteractive) this.#erase(readline)
    this.#readline = null
  }

  /** Redrawing moves up by as many rows as the typed line had before the cursor: so many empty ones are left for it. */
  #printAbove(readline: Interface, text: string): void {
    const rows = this.#erase(readline)
    stdout.write(text + '\n'.repeat(rows))
    this.askForMore()
  }

  /** Gives the row of the typed line in which the cursor was. */
  #erase(readline: Interface): number {
    const { rows } = readline.getCursorPos()
    moveCursor(stdout, 0, -rows)
    cursorTo(stdout, 0)
    clearScreenDown(stdout)
    return rows
  }
}
