/**
 * `npm run scenario -- FILE...`: plays scenarios and compares. Exit code 0 when every answer came as it is written, 1 when one did
 * not, 2 when the call or a file cannot be understood.
 */
import { writeFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { coloursOf } from './colours.ts'
import { openStage } from '../scenario/open-stage.ts'
import { playScenario, type Performance } from '../scenario/play-scenario.ts'
import { isAsExpected, performanceJson, stepLines, verdictLine } from '../scenario/report.ts'
import { rewriteScenario } from '../scenario/rewrite-scenario.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { TransportName } from '../scenario/stage.ts'
import { parseSeed } from './seed.ts'
import { readScript, type Script } from './scenario-file.ts'
import { readArguments, runCommand } from './usage.ts'

interface Options {
  readonly transport: TransportName
  /** Of the simulation, whatever the files say. */
  readonly seed?: number
  readonly rewrite: boolean
  readonly json: boolean
}

void runCommand(async () => {
  const command = new Command('scenario')
    .description('Plays scenarios: text files of commands, ---- and the answers that must come.')
    .argument('<file...>', 'scenarios, such as test/scenarios/first-trade.txt')
    .addOption(
      new Option('--transport <name>', 'where they are played').choices(['simulated', 'grenache']).default('simulated'),
    )
    .option(
      '--seed <number>',
      'what the simulation follows from (default: the first that the file names, or 1)',
      parseSeed,
    )
    .option('--rewrite', 'write the answers that come into the files', false)
    .option('--json', 'print one object instead of text', false)
  readArguments(command)
  const { transport } = command.opts<Options>()
  const scripts = command.args.map(file => readScript(file, transport, 'leave --transport out'))
  const performances: Performance[] = []
  for (const script of scripts) performances.push(await play(script, command.opts<Options>()))
  if (command.opts<Options>().json) print(json(scripts, performances, command.opts<Options>()))
  const isFine = command.opts<Options>().rewrite
    ? performances.every(({ failure }) => failure === null)
    : performances.every(isAsExpected)
  process.exitCode = isFine ? 0 : 1
})

function seedOf({ seeds }: Scenario, { seed }: Options): number {
  return seed ?? seeds?.[0] ?? 1
}

async function play({ text, scenario }: Script, options: Options): Promise<Performance> {
  const { transport, rewrite, json } = options
  const say = json ? () => undefined : print
  const stage = await openStage(transport, seedOf(scenario, options))
  try {
    const played = (step: Performance['steps'][number]) =>
      say(stepLines(step, scenario.file, coloursOf(process.stdout)).join('\n'))
    const performance = await playScenario(scenario, stage, { played })
    say(`${verdictLine(scenario, performance, coloursOf(process.stdout))}\n`)
    if (rewrite) rewriteFile(text, scenario, performance, say)
    return performance
  } finally {
    await stage.close()
  }
}

function rewriteFile(text: string, scenario: Scenario, { steps }: Performance, say: (text: string) => void): void {
  const answers = steps.map(({ answer }) => answer)
  const rewritten = rewriteScenario(text, scenario, answers)
  if (rewritten === text) return
  writeFileSync(scenario.file, rewritten)
  say(`${scenario.file} is rewritten: commit only what you can explain.\n`)
}

function json(scripts: readonly Script[], performances: readonly Performance[], options: Options): string {
  const scenarios = scripts.map(({ scenario }, index) => ({
    seed: seedOf(scenario, options),
    ...performanceJson(scenario, performances[index] as Performance),
  }))
  const { transport } = options
  return JSON.stringify({ transport, isAsExpected: performances.every(isAsExpected), scenarios }, null, 2)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
