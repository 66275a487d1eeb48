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
import type { Stage, TransportName } from '../scenario/stage.ts'
import { Trace, type TraceOptions } from '../scenario/trace.ts'
import { parseSeed } from './seed.ts'
import { readScript, type Script } from './scenario-file.ts'
import { readArguments, runCommand, UsageError } from './usage.ts'

interface Options {
  readonly transport: TransportName
  /** Of the simulation, whatever the files say. */
  readonly seed?: number
  readonly rewrite: boolean
  readonly json: boolean
  readonly trace: boolean
  readonly verbose: boolean
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
    .option('--trace', 'tell everything that happens, as in a simulation only can be seen', false)
    .option('--verbose', 'with --trace: hellos, beats, heads and lookups as well', false)
    .option('--json', 'print one object instead of text', false)
  readArguments(command)
  checkTrace(command.opts<Options>())
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

function checkTrace({ trace, verbose, json, transport }: Options): void {
  if (trace && json) throw new UsageError('--trace is for people and --json for programs: drop one of them.')
  if (trace && transport === 'grenache')
    throw new UsageError('--trace tells what only a simulation sees; leave --transport out.')
  if (verbose && !trace) throw new UsageError('--verbose tells more of a trace: add --trace.')
}

function seedOf({ seeds }: Scenario, { seed }: Options): number {
  return seed ?? seeds?.[0] ?? 1
}

async function play({ text, scenario }: Script, options: Options): Promise<Performance> {
  const { transport, rewrite, json } = options
  const say = json ? () => undefined : print
  const stage = await openStage(transport, seedOf(scenario, options))
  if (options.trace) tell(stage, { isVerbose: options.verbose })
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

function tell({ trouble }: Stage, options: TraceOptions): void {
  const trace = new Trace(options)
  trouble?.history.listen(happened => trace.lines(happened).forEach(print))
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
