/**
 * `npm run match`: replays an order flow through one local book. A command a line on stdin, a fact a line on stdout, both JSON; README.md
 * has the format. Exit code 1 when a line is not understood: its number and what is wrong go to stderr, and all before it has been
 * played. A command that is refused is a fact, and no failure.
 */
import { once } from 'node:events'
import { Command } from 'commander'
import { isRefusal } from '../book/refusal.ts'
import { limits } from '../limits.ts'
import { parseMatchCommand } from './match-command.ts'
import { linesIn } from './match-lines.ts'
import { MatchPlayer } from './match-player.ts'
import { readArguments, runCommand } from './usage.ts'

const { stdin, stdout } = process

/** Facts on their way out, written in large pieces. */
class Output {
  #text = ''

  add(value: object): void {
    this.#text += `${JSON.stringify(value)}\n`
  }

  get isLong(): boolean {
    return this.#text.length >= limits.matchOutputCharactersMax
  }

  /** Waits until whoever reads has room for more. */
  async write(): Promise<void> {
    const text = this.#text
    this.#text = ''
    if (text !== '' && !stdout.write(text)) await once(stdout, 'drain')
  }
}

void runCommand(async () => {
  const command = new Command('npm run match --')
    .description('Replays an order flow: commands on stdin, facts on stdout, one JSON object a line.')
    .option('--summary', 'print totals at the end and nothing else', false)
    .allowExcessArguments(false)
  readArguments(command)
  const { summary } = command.opts<{ summary: boolean }>()
  const output = new Output()
  const player = new MatchPlayer(summary ? null : fact => output.add(fact))
  try {
    await play(player, output)
    if (summary) output.add(player.summary())
  } finally {
    await output.write()
  }
})

async function play(player: MatchPlayer, output: Output): Promise<void> {
  let number = 0
  for await (const lines of linesIn(stdin)) {
    for (const line of lines) {
      number += 1
      if (line.trim() !== '') playLine(player, line, number)
      if (output.isLong) await output.write()
    }
    await output.write()
  }
}

/** Throws a sentence for a line that the flow cannot go on with. */
function playLine(player: MatchPlayer, line: string, number: number): void {
  const command = parseMatchCommand(line)
  const refusal = isRefusal(command) ? command : player.play(command, number)
  if (refusal !== null) throw new Error(`line ${number}: ${refusal.sentence}`)
}
