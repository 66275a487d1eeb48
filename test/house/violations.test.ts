/** Each rule of the house has been seen to fail: a violation is put into a copy of the tree and must be reported. */
import { describe, expect, test } from 'vitest'
import { alteredCopy } from './altered-copy.ts'
import { determinismViolations } from './determinism-rules.ts'
import { importViolations } from './import-rules.ts'
import { layoutViolations } from './layout-rules.ts'
import { machineViolations } from './machine-rules.ts'
import type { Violation } from './source-tree.ts'

/** A file put into the tree, its text, and what the rule must say of it. */
type Case = readonly [file: string, text: string, ...reports: string[]]
type Rule = (root: string) => readonly Violation[] | Promise<readonly Violation[]>

/** Runs the rule once over a copy of the tree with all cases in it, each under a name of its own. */
async function expectReports(rule: Rule, cases: readonly Case[]): Promise<void> {
  const named = cases.map(([file, text, ...reports], index) => ({ file: file.replace('#', `${index}`), text, reports }))
  const violations = await rule(alteredCopy(Object.fromEntries(named.map(({ file, text }) => [file, text]))))
  const heard = named.map(({ file, text }) => ({ file, text, reports: reportsOn(file, violations) }))
  expect(heard).toEqual(named)
}

function reportsOn(file: string, violations: readonly Violation[]): string[] {
  return violations.filter(one => one.file === file).map(({ line, sentence }) => `${line} ${sentence}`)
}

describe('imports', () => {
  test('an import that goes up, sideways or out of the house is refused', async () => {
    await expectReports(importViolations, [
      ['src/book/intruder#.ts', "import '../feed/segment.ts'", '1 book imports feed, but imports go down only'],
      [
        'src/book/intruder#.ts',
        "\nexport type { A } from '../peer/a.ts'",
        '2 book imports peer, but imports go down only',
      ],
      ['src/feed/intruder#.ts', "type A = import('../net/codec.ts').A", '1 feed imports net, but imports go down only'],
      ['src/net/intruder#.ts', "import { a } from '../store/a.ts'", '1 net imports store, but imports go down only'],
      ['src/peer/intruder#.ts', "import { a } from '../index.ts'", '1 peer imports index, but imports go down only'],
      [
        'src/peer/intruder#.ts',
        "const a = await import('../sim/a.ts')",
        '1 peer imports sim, but imports go down only',
      ],
      [
        'src/sim/intruder#.ts',
        'const a = await import(name)',
        '1 sim imports what is computed, which nobody can check',
      ],
      [
        'src/index.ts',
        "export * from './scenario/a.ts'\nexport * from './cli/a.ts'",
        '1 index imports scenario, but imports go down only',
        '2 index imports cli, but imports go down only',
      ],
      ['src/cli/intruder#.ts', "import '../../test/a.ts'", '1 cli imports test/a.ts, which is in no room'],
      ['src/misc/intruder#.ts', 'export const a = 1', '1 misc is not a room of the house'],
    ])
  })

  test('a machine that imports a value from anywhere but xstate is refused', async () => {
    await expectReports(importViolations, [
      ['machines/intruder#.ts', "import { a } from './book.machine.ts'", '1 a machine imports values only from xstate'],
      ['machines/intruder#.ts', "import { a } from '../src/limits.ts'", '1 a machine imports values only from xstate'],
      ['machines/intruder#.ts', "import { type A } from 'rxjs'", '1 a machine imports values only from xstate'],
    ])
  })

  test('a package or a part of Node that the room may not use is refused', async () => {
    await expectReports(importViolations, [
      ['src/peer/intruder#.ts', "import l from 'grenache-nodejs-link'", '1 peer imports Grenache, which only net may'],
      ['src/feed/intruder#.ts', "import { v7 } from 'uuid'", '1 feed imports a package, but may use none'],
      ['src/sim/intruder#.ts', "import { readFileSync } from 'node:fs'", '1 sim imports node:fs, but does no I/O'],
      ['src/peer/intruder#.ts', "import { readFileSync } from 'fs'", '1 peer imports fs, but does no I/O'],
      ['src/book/intruder#.ts', "const a = require('node:net')", '1 book imports node:net, but does no I/O'],
    ])
  })

  test('a page that imports what a browser does not have is refused', async () => {
    const sentence = '1 the page imports values only from its own folder, machines, limits and xstate'
    await expectReports(importViolations, [
      ['src/inspect/web/intruder#.ts', "import { readFileSync } from 'node:fs'", sentence],
      ['src/inspect/web/intruder#.ts', "import { Hub } from '../hub.ts'", sentence],
      ['src/inspect/web/intruder#.ts', "import { map } from 'rxjs'", sentence],
      [
        'src/inspect/web/guest#.ts',
        "import type { Frame } from '../frame.ts'\nimport { limits } from '../../limits.ts'",
      ],
      [
        'src/inspect/web/guest#.ts',
        "import { transition } from 'xstate'\nimport { orderMachine } from '../../../machines/order.machine.ts'",
      ],
      ['src/inspect/web/guest#.ts', "import type { ElkNode } from 'elkjs'\nimport { chartOf } from './chart.ts'"],
    ])
  })

  test('an import that goes down is fine', async () => {
    await expectReports(importViolations, [
      ['src/feed/guest#.ts', "import { createHash } from 'node:crypto'\nimport { limits } from '../limits.ts'"],
      ['machines/guest#.ts', "import { setup } from 'xstate'\nimport type { A } from '../src/peer/a.ts'"],
      ['src/net/guest#.ts', "import link from 'grenache-nodejs-link'\nimport { a } from '../feed/a.ts'"],
      ['src/cli/guest#.ts', "import { createPeer } from '../index.ts'\nimport { readFileSync } from 'node:fs'"],
      ['src/scenario/guest#.ts', "import { a } from '../sim/a.ts'\nimport { b } from '../net/grenache/b.ts'"],
    ])
  })
})

describe('time and chance', () => {
  const fromMachine = (name: string) => `${name} is a global of the machine: take it as an argument`
  const byName = 'node:crypto is imported by name, so that what it draws from the machine can be seen'
  const chance = (name: string) => `${name} takes chance from the machine: take it as an argument`

  test('time taken from the machine is refused', async () => {
    await expectReports(determinismViolations, [
      ['src/feed/intruder#.ts', 'const a = Date.now()', `1 ${fromMachine('Date')}`],
      ['machines/intruder#.ts', 'const a = () => new Date(5)', `1 ${fromMachine('Date')}`],
      ['src/peer/intruder#.ts', '// why\n\nsetTimeout(() => 1, 5)', `3 ${fromMachine('setTimeout')}`],
      ['src/peer/intruder#.ts', 'const later = setInterval', `1 ${fromMachine('setInterval')}`],
      ['src/peer/intruder#.ts', 'const ports = { setImmediate }', `1 ${fromMachine('setImmediate')}`],
      ['src/sim/intruder#.ts', 'const a = performance.now()', `1 ${fromMachine('performance')}`],
      ['src/sim/intruder#.ts', 'const a = process.env', `1 ${fromMachine('process')}`],
      ['src/sim/intruder#.ts', 'const a = globalThis.Date', `1 ${fromMachine('globalThis')}`],
      [
        'src/peer/intruder#.ts',
        "import { asyncScheduler, timer } from 'rxjs'\nexport const a$ = timer(5)",
        '1 asyncScheduler runs on real time: take a scheduler as an argument',
        '2 timer runs on real time unless it is given a scheduler',
      ],
    ])
  })

  test('chance taken from the machine is refused', async () => {
    await expectReports(determinismViolations, [
      ['src/book/intruder#.ts', '\nconst a = Math.random()', `2 ${chance('Math.random')}`],
      ['src/book/intruder#.ts', 'const { random } = Math', `1 ${chance('Math.random')}`],
      ['src/feed/intruder#.ts', "import { randomBytes } from 'node:crypto'", `1 ${chance('randomBytes')}`],
      ['src/feed/intruder#.ts', "export { randomUUID as id } from 'node:crypto'", `1 ${chance('randomUUID')}`],
      ['src/feed/intruder#.ts', "import c from 'node:crypto'\nc.randomUUID()", `1 ${byName}`],
      ['src/feed/intruder#.ts', "import * as c from 'node:crypto'", `1 ${byName}`],
      ['src/feed/intruder#.ts', 'const a = crypto.randomUUID()', `1 ${fromMachine('crypto')}`],
      [
        'src/peer/intruder#.ts',
        "import { v4 } from 'uuid'",
        "1 uuid's v4 cannot be told the time and the chance to use",
      ],
      [
        'src/peer/intruder#.ts',
        "import { v7 as id } from 'uuid'\nid()",
        '2 v7 takes time and chance from the machine unless it is given both',
      ],
    ])
  })

  test('time and chance that came in by argument are fine, and so is a local name', async () => {
    await expectReports(determinismViolations, [
      ['src/peer/guest#.ts', 'export const wait = (clock: Clock) => clock.setTimeout(() => 1, 5)'],
      ['src/peer/guest#.ts', 'export const { setTimeout } = clock\nsetTimeout(() => 1, 5)'],
      ['src/peer/guest#.ts', "import { timer } from 'rxjs'\nexport const a = (scheduler: S) => timer(5, scheduler)"],
      [
        'src/peer/guest#.ts',
        'export const a = (randomBytes: Draw, port: Port) => [randomBytes(16), port.randomUUID()]',
      ],
      ['src/feed/guest#.ts', "import { createHash, createPrivateKey } from 'node:crypto'"],
      ['src/book/guest#.ts', 'export const a = Math.max(1, 2)\nexport interface Clock { setTimeout(): void }'],
      ['src/book/guest#.ts', 'export function process(order: Order) { return order }\nprocess(1)'],
      ['src/net/guest#.ts', 'export const a = Date.now()'],
    ])
  })
})

describe('layout', () => {
  test('a stranger at the top level is refused, a dotfile is fine', async () => {
    await expectReports(layoutViolations, [
      ['notes.md', 'remember', '1 the top level holds only the rooms, the manifests, README and LICENSE'],
      ['.tool', 'settings'],
    ])
  })

  test('a room or a file whose name says nothing is refused', async () => {
    await expectReports(layoutViolations, [
      ['src/utils/a.ts', '', '1 utils says nothing about what is inside'],
      ['src/book/helpers.ts', '', '1 helpers.ts says nothing about what is inside'],
      ['src/net/types.d.ts', '', '1 types.d.ts says nothing about what is inside'],
      ['test/common/a.ts', '', '1 common says nothing about what is inside'],
    ])
  })
})

describe('machines', () => {
  /** A machine that keeps every rule; each case breaks it in one place. */
  const sound = `
import { fromPromise, setup } from 'xstate'

export const intruderMachine = setup({
  actors: { work: fromPromise(() => Promise.resolve(1)) },
  actions: { note: () => undefined },
  guards: { isDue: () => true },
  delays: { patienceMs: 5 },
}).createMachine({
  id: 'intruder',
  context: () => ({}),
  initial: 'idle',
  states: {
    idle: {
      description: 'Nothing to do.',
      entry: 'note',
      invoke: { src: 'work', input: () => ({}), onDone: { target: 'busy', actions: 'note' } },
      on: { begin: { target: 'busy', guard: 'isDue', actions: [{ type: 'note' }] } },
      after: { patienceMs: { target: 'busy' } },
    },
    busy: { description: 'Something to do.', always: { guard: 'isDue', target: 'idle' } },
  },
})
`
  const file = 'machines/intruder#.machine.ts'

  function altered(from: string, to: string): string {
    expect(sound).toContain(from)
    return sound.replace(from, to)
  }

  test('a machine that is named, described and plain JSON is fine', async () => {
    await expectReports(machineViolations, [[file, sound]])
  })

  test('a state without description is refused', async () => {
    const text = altered("description: 'Something to do.', ", '')
    const blank = altered("description: 'Something to do.', ", "description: ' ', ")
    const report = '21 states.busy: the state has no description'
    await expectReports(machineViolations, [
      [file, text, report],
      [file, blank, report],
    ])
  })

  test('a state that nothing leads to is refused', async () => {
    const lonely = altered('    busy: {', "    lonely: { description: 'Nobody comes.' },\n    busy: {")
    const text = altered(
      "always: { guard: 'isDue', target: 'idle' }",
      "initial: 'a', states: { a: described, b: described }",
    )
    await expectReports(machineViolations, [
      [file, lonely, '21 states.lonely: nothing leads to the state'],
      [
        file,
        text.replace('export', "const described = { description: 'A part of it.' }\n\nexport"),
        '23 states.busy.states.b: nothing leads to the state',
      ],
    ])
  })

  test('a name without implementation is refused', async () => {
    const missing = (line: number, path: string, name: string) =>
      `${line} ${path}: the ${name} has no implementation in setup`
    await expectReports(machineViolations, [
      [file, altered("entry: 'note'", "entry: 'nod'"), missing(16, 'states.idle.entry', 'action nod')],
      [
        file,
        altered("guard: 'isDue', a", "guard: 'isLate', a"),
        missing(18, 'states.idle.on.begin.guard', 'guard isLate'),
      ],
      [file, altered("src: 'work'", "src: 'play'"), missing(17, 'states.idle.invoke.src', 'actor play')],
      [file, altered('after: { patienceMs', 'after: { 1000'), missing(19, 'states.idle.after.1000', 'delay 1000')],
    ])
  })

  test('what has no name, or does not survive a JSON round trip, is refused', async () => {
    const lost = (line: number, path: string, kind: string) =>
      `${line} ${path}: this ${kind} does not survive a JSON round trip`
    await expectReports(machineViolations, [
      [
        file,
        altered("entry: 'note'", 'entry: () => undefined'),
        '16 states.idle.entry: the action is not named',
        lost(16, 'states.idle.entry', 'function'),
      ],
      [file, altered("id: 'intruder'", 'meta: new Map()'), lost(10, 'meta', 'object')],
    ])
  })

  test('a file with two machines, or none, is refused', async () => {
    const second = '\nexport const second = intruderMachine.provide({})\n'
    await expectReports(machineViolations, [
      [file, sound + second, '1 exports 2 machines, must be exactly one'],
      [file, 'export const a = 1', '1 exports 0 machines, must be exactly one'],
    ])
  })
})
