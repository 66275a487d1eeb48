/**
 * `npm run inspect`: plays a scenario slowly, or opens a recording, and shows it to a browser until it is interrupted. Exit code 0 when
 * all went as the scenario says, 1 when it did not, 2 when it was called in a wrong way.
 */
import { isRefusal } from '../book/refusal.ts'
import { Hub } from '../inspect/hub.ts'
import { openRecording, Recording } from '../inspect/recording.ts'
import { isAsExpected, verdictLine } from '../scenario/report.ts'
import { coloursOf } from './colours.ts'
import { readInspectOptions, type InspectOptions } from './inspect-options.ts'
import { InspectedScenario } from './inspected-scenario.ts'
import { openBrowser } from './open-browser.ts'
import { readScript } from './scenario-file.ts'
import { runCommand, UsageError } from './usage.ts'

await runCommand(async () => {
  const options = readInspectOptions()
  const interrupted = interruption()
  if (options.recordingToOpen === null) await showScenario(options, interrupted)
  else await showRecording(options, options.recordingToOpen, interrupted)
  process.exit()
})

/** Resolves when the user has had enough. */
function interruption(): Promise<void> {
  return new Promise(resolve => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => resolve())
  })
}

async function showRecording(options: InspectOptions, file: string, interrupted: Promise<void>): Promise<void> {
  const opened = openRecording(file)
  if (isRefusal(opened)) throw new UsageError(opened.sentence)
  const { frames, isCutOff } = opened
  if (isCutOff) print(`${file}: The last line is not whole and is left out; what came behind it is not there.`)
  const lastMs = frames.at(-1)?.atMs ?? 0
  const hub = await Hub.open({ port: options.port, now: () => lastMs })
  for (const frame of frames) hub.show(frame)
  hub.show({
    ...{ type: '@peerbook.playback', atMs: lastMs, isPaused: false, speed: 1 },
    ...{ isOver: true, isPaced: false, isRecording: false },
  })
  invite(hub, options)
  await interrupted
  await hub.close()
}

async function showScenario(options: InspectOptions, interrupted: Promise<void>): Promise<void> {
  const { scenario } = readScript(options.scenario, options.live ? 'grenache' : 'simulated', 'leave --live out')
  const recording = options.record === null ? null : newRecording(options.record)
  const show = new InspectedScenario(options, recording, print)
  invite(await show.open(), options)
  try {
    const performance = await Promise.race([show.play(scenario), interrupted.then(() => null)])
    if (performance) {
      process.exitCode = isAsExpected(performance) ? 0 : 1
      print(`${verdictLine(scenario, performance, coloursOf(process.stdout))}\nThe page stays until Ctrl-C.`)
      await interrupted
    }
  } finally {
    await show.close()
  }
}

function newRecording(file: string): Recording {
  const recording = Recording.create(file)
  if (isRefusal(recording)) throw new UsageError(recording.sentence)
  return recording
}

/** Says where to look, and opens a browser unless that is not wanted. */
function invite(hub: Hub, { opensBrowser, stately }: InspectOptions): void {
  const url = stately ? `${hub.url}stately` : hub.url
  print(url)
  if (opensBrowser) openBrowser(url, () => print('No browser could be opened here: open that page yourself.'))
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
