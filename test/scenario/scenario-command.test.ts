/** The command as a user runs it: what it prints, and its exit codes. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'scenario-'))
const commandMsMax = 60_000

const right =
  '# A story.\nmarket BTC-USD tick 1 lot 1\npeers alice\n----\nok\n\nalice sell 5 @ 101\nsettle\n----\nalice/1 rests: sell 5 @ 101\n'
const wrong = right.replace('rests: sell 5', 'rests: sell 6')

afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

function run(...args: readonly string[]): { code: number | null; out: string; error: string } {
  const command = ['--import', 'tsx', join(root, 'src/cli/scenario.ts'), ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' })
  const short = (text: string): string => text.replaceAll(`${folder}/`, '')
  return { code: status, out: short(stdout), error: short(stderr) }
}

describe('exit codes', { timeout: commandMsMax }, () => {
  test('0 when every answer comes as it is written, which is printed as it is written', () => {
    expect(run(file('right.txt', right))).toEqual({
      code: 0,
      out: `${right}\nright.txt: 2 steps as expected\n\n`,
      error: '',
    })
  })

  test('1 when one does not, with the difference', () => {
    const { code, out, error } = run(file('wrong.txt', wrong))
    expect({ code, error }).toEqual({ code: 1, error: '' })
    expect(out).toContain(
      'wrong.txt:7: expected - and actual + differ:\n- alice/1 rests: sell 6 @ 101\n+ alice/1 rests: sell 5 @ 101\n',
    )
  })

  test('2 when the call or a file is not understood, with one sentence and nothing played', () => {
    const broken = file('broken.txt', 'settle\n')
    expect(run(file('right.txt', right), broken)).toEqual({
      code: 2,
      out: '',
      error: "broken.txt:1: Nobody is on stage yet; write 'peers NAME...' above.\n",
    })
    const errors = [
      ['missing.txt'],
      [],
      ['--pigeon'],
      ['a.txt', '--transport', 'pigeon'],
      ['a.txt', '--seed', 'one'],
    ].map(args => run(...args))
    expect(errors.map(({ code, out }) => ({ code, out }))).toEqual(errors.map(() => ({ code: 2, out: '' })))
    expect(errors.map(({ error }) => error)).toEqual([
      'missing.txt cannot be read: there is no such file.\n',
      "missing required argument 'file'; see --help\n",
      "unknown option '--pigeon'; see --help\n",
      "option '--transport <name>' argument 'pigeon' is invalid. Allowed choices are simulated, grenache; see --help\n",
      "option '--seed <number>' argument 'one' is invalid. It is a whole number up to 2147483647; see --help\n",
    ])
  })

  test('2 when a story with faults is to be played on Grenache', () => {
    const path = file('crashed.txt', right.replace('settle\n', 'settle\ncrash alice\n'))
    expect(run(path, '--transport', 'grenache')).toEqual({
      code: 2,
      out: '',
      error: 'crashed.txt:9: Faults, crash and restart can only be simulated; leave --transport out.\n',
    })
  })

  test('--rewrite writes the answers that came into the file', () => {
    const path = file('rewritten.txt', wrong)
    expect(run(path, '--rewrite').code).toBe(0)
    expect(readFileSync(path, 'utf8')).toBe(right)
  })

  test('--json prints one object', () => {
    const { code, out } = run(file('wrong.txt', wrong), '--json', '--seed', '7')
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      transport: 'simulated',
      isAsExpected: false,
      scenarios: [
        {
          seed: 7,
          title: 'A story.',
          failure: null,
          steps: [
            { line: 2, isExpected: true },
            {
              line: 7,
              commands: ['alice sell 5 @ 101', 'settle'],
              expected: [['alice/1 rests: sell 6 @ 101']],
              actual: ['alice/1 rests: sell 5 @ 101'],
              isExpected: false,
            },
          ],
        },
      ],
    })
  })
})
