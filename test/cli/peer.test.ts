/** Peers as processes of their own, without a terminal: driven by what is written to them, judged by what they print. */
import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startGrapes, type Grapes } from '../../src/net/grenache/grapes.ts'

const root = join(import.meta.dirname, '../..')
const market = 'BTC-USD:0.01:0.0001'
/** Of one test, and of one line that is awaited, on a machine that is busy with others. */
const testMsMax = 90_000
const lineMsMax = 25_000

let grapes: Grapes
let folder = ''
const running = new Set<PeerProcess>()

beforeAll(async () => {
  grapes = await startGrapes()
  folder = mkdtempSync(join(tmpdir(), 'peer-'))
})
afterEach(async () => {
  for (const peer of running) peer.kill('SIGKILL')
  await Promise.all([...running].map(peer => peer.ended))
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await grapes.stop()
})

/** One process and the lines that it has printed, each of which is awaited once. */
class PeerProcess {
  readonly ended: Promise<number | null>
  readonly lines: string[] = []
  stderr = ''
  readonly #child: ChildProcessWithoutNullStreams
  #read = 0
  #changed: () => void = () => undefined

  constructor(args: readonly string[]) {
    const env = { ...process.env, NODE_OPTIONS: '' }
    this.#child = spawn(process.execPath, ['--import', 'tsx', join(root, 'src/cli/peer.ts'), ...args], {
      cwd: root,
      env,
    })
    running.add(this)
    createInterface({ input: this.#child.stdout }).on('line', line => {
      this.lines.push(line)
      this.#changed()
    })
    this.#child.stderr.on('data', (text: Buffer) => (this.stderr += text.toString()))
    this.#child.stdin.on('error', () => undefined)
    this.ended = once(this.#child, 'close').then(([code]) => {
      running.delete(this)
      this.#changed()
      return code as number | null
    })
  }

  type(...lines: readonly string[]): void {
    this.#child.stdin.write(lines.map(line => `${line}\n`).join(''))
  }

  endInput(): void {
    this.#child.stdin.end()
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** The next line that matches, behind the one that was awaited last. */
  async line(pattern: RegExp): Promise<string> {
    const lateMs = performance.now() + lineMsMax
    for (;;) {
      const index = this.lines.findIndex((line, at) => at >= this.#read && pattern.test(line))
      if (index >= 0) {
        this.#read = index + 1
        return this.lines[index]!
      }
      const isLate = performance.now() >= lateMs
      if (isLate || !running.has(this))
        throw new Error(`no line ${String(pattern)} in:\n${[...this.lines, this.stderr].join('\n')}`)
      await this.#change(lateMs - performance.now())
    }
  }

  #change(limitMs: number): Promise<void> {
    return new Promise(resolve => {
      const late = setTimeout(resolve, limitMs)
      this.#changed = () => {
        clearTimeout(late)
        resolve()
      }
    })
  }
}

function peer(name: string, ...args: readonly string[]): PeerProcess {
  return new PeerProcess(['--name', name, '--market', market, ...args])
}

function overGrapes(): string[] {
  return grapes.urls.flatMap(url => ['--grape', url])
}

/** Of a process that is given all its lines at once. */
async function script(name: string, args: readonly string[], lines: readonly string[]): Promise<string[]> {
  const one = peer(name, ...args)
  one.type(...lines)
  one.endInput()
  expect({ code: await one.ended, stderr: one.stderr }).toEqual({ code: 0, stderr: '' })
  return one.lines
}

test(
  'an order of one is taken by another, a third sees it; who is killed is stale at once, and comes back with its key',
  { timeout: testMsMax },
  async () => {
    const key = ['--key', join(folder, 'alice.key')]
    const alice = peer('alice', ...key, ...overGrapes())
    const [bob, carol] = [peer('bob', ...overGrapes()), peer('carol', '--json', ...overGrapes())]
    const id = /its id is (\S+)/.exec(await alice.line(/its id is/))?.[1]
    expect(statSync(join(folder, 'alice.key')).mode & 0o777).toBe(0o600)
    await bob.line(/^neighbour alice .* is live$/)
    for (const one of [alice, bob, carol]) one.type('wait 2 neighbours')
    await carol.line(/"type":"waited"/)

    alice.type('sell 1 @ 64010')
    await alice.line(/^alice\/1 rests: sell 1\.0000 @ 64010\.00$/)
    alice.type('orders')
    const elsewhere = /alice\/1 +(alice\/[0-9a-f]{6}) +BTC-USD +sell +resting/.exec(
      await alice.line(/alice\/1 +alice\//),
    )?.[1]
    bob.type('buy 0.4 @ 64020')
    expect(await bob.line(/^bob\/1 bought/)).toBe(`bob/1 bought 0.4000 @ 64010.00 from ${elsewhere!}`)
    await alice.line(/^alice\/1 sold 0\.4000 @ 64010\.00 to bob\/[0-9a-f]{6}$/)
    const seen: unknown = JSON.parse(await carol.line(/"type":"trade"/))
    expect(seen).toMatchObject({
      makerOrder: elsewhere,
      isOwn: false,
      trade: { price: '64010.00', quantity: '0.4000' },
    })

    alice.kill('SIGKILL')
    const killedMs = performance.now()
    await bob.line(/^neighbour alice .* is (suspect|unavailable): its orders are not matched/)
    expect(performance.now() - killedMs).toBeLessThan(4_000)
    bob.type('buy 0.1 @ 64020 ioc', 'book', 'book orders')
    await bob.line(/^bob\/2 cancelled 0\.1000: nothing left to match$/)
    await bob.line(/^ask +64010\.00 +0\.0000 +0 +0\.6000 in 1$/)
    expect(await bob.line(/^ask .* stale /)).toContain(elsewhere)

    const again = peer('alice', ...key, ...overGrapes())
    expect(await again.line(/its id is/)).toBe(`its id is ${id!}`)
    await bob.line(/^neighbour alice .* is live$/)
    again.type('wait 2 neighbours', 'sell 0.3 @ 64005')
    await again.line(/^alice\/1 rests: sell 0\.3000/)
    bob.type('buy 0.3 @ 64005')
    await again.line(/^alice\/1 sold 0\.3000 @ 64005\.00 to bob\//)
  },
)

test('a script may be a file: the peer stops when it ends', { timeout: testMsMax }, () => {
  const file = join(folder, 'lines.txt')
  writeFileSync(file, 'buy 1 @ 100\namend 1 to 0.5\n')
  const args = ['--import', 'tsx', join(root, 'src/cli/peer.ts'), '--name', 'alice', '--market', market]
  const printed = execFileSync(process.execPath, [...args, '--grape', ...grapes.urls.slice(0, 1)], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: [openSync(file, 'r'), 'pipe', 'pipe'],
    timeout: lineMsMax,
  })
  expect(printed.toString()).toMatch(/alice\/1 amended: 0\.5000 less\n[^]*stopped with 1 open order/)
})

test(
  'a script is plain lines: no prompt, no colours, and an end when the input ends',
  { timeout: testMsMax },
  async () => {
    const lines = await script('alice', overGrapes(), [
      '# a remark',
      '',
      'buy 1 @ 100',
      'amend 1 0.5',
      'cancel alice/1',
      'orders',
    ])
    expect(lines.slice(3)).toEqual([
      'alice/1 rests: buy 1.0000 @ 100.00',
      'alice/1 rests: buy 0.5000 @ 100.00',
      'alice/1 amended: 0.5000 less',
      'alice/1 cancelled 0.5000: cancelled by user',
      'no open orders',
      'stopping: what is undecided is waited for',
      'stopped',
    ])
    expect(lines.join('')).not.toContain('\u001b')
  },
)

test('what cannot be understood gets its sentence, and nothing else happens', { timeout: testMsMax }, async () => {
  const typed = [
    ['bye 1 @ 100', /'bye' is not a command/],
    ['buy one @ 100', /'one' is not a decimal/],
    ['buy 1 @ 100.001', /not a multiple of the tick size 0.01/],
    ['buy 1 @ 100 fast', /'fast' is not known here/],
    ['buy 1 @ 100 ioc post-only', /leave one of the two out/],
    ['DOGE-USD buy 1 @ 100', /does not trade 'DOGE-USD'/],
    ['cancel', /One order belongs behind cancel/],
    ['cancel 7', /There is no order alice\/7/],
    ['cancel bob/9f3a1c', /only its owner can change it/],
    ['amend 1', /its new quantity belong behind amend/],
    ['book tomorrow', /how many rows/],
    ['health now', /Nothing belongs behind health/],
    ['ban', /A peer belongs behind ban/],
    ['ban nobody', /There is no peer 'nobody' here/],
    ['ban alice', /'alice' cannot ban itself/],
    ['unban', /One peer belongs behind unban/],
    ['unban alice', /alice is not banned/],
    ['\u001b[2J', /'\ufffd\[2J' is not a command/],
  ] as const
  const lines = await script('alice', [], [...typed.map(([line]) => line), 'orders all', 'book'])
  const refused = lines.filter(line => line.startsWith('refused: '))
  expect(refused).toHaveLength(typed.length)
  for (const [index, [, sentence]] of typed.entries()) expect(refused[index]).toMatch(sentence)
  expect(lines).toContain('no orders')
  expect(lines).toContain(`the book of ${market} is empty`)
})

test('with --json every event and every answer is one object a line', { timeout: testMsMax }, async () => {
  const args = ['--json', '--market', 'ETH-USD:0.1:0.01']
  const typed = [
    'buy 1 @ 100',
    'ETH-USD sell 2 @ 30.5',
    'market ETH-USD',
    'book',
    'buy 1 @ 0.01',
    'health',
    'help',
    'quit',
    'book',
  ]
  const told = (await script('alice', args, typed)).map(line => JSON.parse(line) as Record<string, unknown>)
  const answers = told.filter(one => 'line' in one)
  expect(answers.map(({ line, type }) => [line, type])).toEqual([
    ['buy 1 @ 100', 'placed'],
    ['ETH-USD sell 2 @ 30.5', 'placed'],
    ['market ETH-USD', 'market'],
    ['book', 'book'],
    ['buy 1 @ 0.01', 'refused'],
    ['health', 'health'],
    ['help', 'help'],
  ])
  const ask = { side: 'sell', price: '30.5', quantity: '2.00', orders: 1, staleQuantity: '0.00', staleOrders: 0 }
  expect(answers[3]).toMatchObject({ market: 'ETH-USD:0.1:0.01', levels: { asks: [ask], bids: [] } })
  expect(told[0]).toMatchObject({ type: 'started', name: 'alice', markets: [market, 'ETH-USD:0.1:0.01'] })
  expect(told.at(-1)).toMatchObject({ type: 'stopped', openOrders: ['alice/1', 'alice/2'] })
  for (const { at } of told) expect(at).toMatch(/^\d{4}-\d\d-\d\dT/)
})

test('without a DHT, peers that know each other trade, and it is said', { timeout: testMsMax }, async () => {
  const deadGrape = ['--grape', 'http://127.0.0.1:9']
  const alice = peer('alice', ...deadGrape)
  const address = / at (\S+) /.exec(await alice.line(/^alice trades/))?.[1]
  await alice.line(/^the grape http:\/\/127\.0\.0\.1:9 cannot be used: /)
  await alice.line(/^no grape can be used: others cannot be found, and no neighbour is live/)
  const bob = peer('bob', ...deadGrape, '--peer', address!)
  alice.type('wait 1 neighbour', 'sell 1 @ 100')
  await alice.line(/^alice\/1 rests/)
  bob.type('wait 1 neighbour', 'buy 1 @ 100')
  await bob.line(/^bob\/1 bought 1\.0000 @ 100\.00 from alice\//)
  bob.type('health')
  await bob.line(/^neighbours: 1 live of 1$/)
  await bob.line(/^grape http:\/\/127\.0\.0\.1:9 unreachable: /)
})

test('who is banned is not traded with until it is pardoned', { timeout: testMsMax }, async () => {
  const alice = peer('alice')
  const address = / at (\S+) /.exec(await alice.line(/^alice trades/))?.[1]
  const bob = peer('bob', '--peer', address!)
  await bob.line(/^neighbour alice .* is live$/)
  alice.type('wait 1 neighbour', 'ban bob quotes nonsense', 'neighbours', 'health')
  await alice.line(
    /^neighbour bob .* is banned: its orders are not matched, and it is proposed nothing \(quotes nonsense\)$/,
  )
  await alice.line(/^bob is banned \(quotes nonsense\); unban bob ends it$/)
  await alice.line(/^bob +banned .* quotes nonsense/)
  await alice.line(/^banned: bob \(quotes nonsense\), since .* UTC$/)
  await bob.line(/^neighbour alice .* is suspect: its orders are not matched \(banned\)$/)
  alice.type('unban bob')
  await alice.line(/^bob is no longer banned$/)
  await bob.line(/^neighbour alice .* is live$/)
})

test(
  'a peer with a key that comes back where no grape answers finds its neighbours again',
  { timeout: testMsMax },
  async () => {
    const deadGrape = ['--grape', 'http://127.0.0.1:9']
    const key = ['--key', join(folder, 'erin.key')]
    const erin = peer('erin', ...deadGrape, ...key)
    const address = / at (\S+) /.exec(await erin.line(/^erin trades/))?.[1]
    const frank = peer('frank', ...deadGrape, '--peer', address!)
    await erin.line(/^neighbour frank .* is live$/)
    await frank.line(/^neighbour erin .* is live$/)
    erin.type('quit')
    expect(await erin.ended).toBe(0)
    expect(readFileSync(join(folder, 'erin.key.peers'), 'utf8')).toContain('"name":"frank"')

    const again = peer('erin', ...deadGrape, ...key)
    await again.line(/^neighbour frank .* is live$/)
    await frank.line(/^neighbour erin .* is live$/)
  },
)

test(
  'a file of known peers that is none is told by its path, and the peer starts',
  { timeout: testMsMax },
  async () => {
    const file = join(folder, 'gina.key.peers')
    writeFileSync(file, 'dear diary\n')
    const lines = await script('gina', ['--key', join(folder, 'gina.key')], ['buy 1 @ 100'])
    expect(lines.join('\n')).toContain(`'${file}' is not a file of known peers`)
    expect(lines).toContain('gina/1 rests: buy 1.0000 @ 100.00')
    expect(readFileSync(`${file}.broken`, 'utf8')).toBe('dear diary\n')
  },
)

test(
  'a peer whose key another process uses says so and ends with 1; the newer one goes on',
  { timeout: testMsMax },
  async () => {
    const key = ['--key', join(folder, 'twin.key')]
    const older = peer('twin', ...key)
    const address = / at (\S+) /.exec(await older.line(/^twin trades/))?.[1]
    const newer = peer('twin', ...key, '--peer', address!)
    await older.line(/another process has begun later with the same key/)
    expect(await older.ended).toBe(1)
    newer.type('buy 1 @ 100', 'quit')
    await newer.line(/^twin\/1 rests/)
    expect(await newer.ended).toBe(0)
  },
)

test('embedded grapes print the line with which another joins', { timeout: testMsMax }, async () => {
  const alice = peer('alice', '--embedded-grapes', '--network', 'test')
  const command = await alice.line(/^ {2}npm run peer -- --name bob /)
  const bob = new PeerProcess(command.trim().split(' ').slice(4))
  await bob.line(/^neighbour alice .* is live$/)
  bob.endInput()
  expect(await bob.ended).toBe(0)
  alice.type('quit')
  expect(await alice.ended).toBe(0)
})

test('nobody at an address that was given is named', { timeout: testMsMax }, async () => {
  const alice = peer('alice', '--peer', '127.0.0.1:9')
  await alice.line(/^nobody answers at 127\.0\.0\.1:9 \(connection refused\); it is tried again$/)
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s stops it gracefully', { timeout: testMsMax }, async signal => {
  const alice = peer('alice')
  alice.type('buy 1 @ 100', 'wait 10m')
  await alice.line(/^alice\/1 rests/)
  alice.kill(signal)
  await alice.line(/^stopped with 1 open order, which others see and cannot match$/)
  expect({ code: await alice.ended, stderr: alice.stderr }).toEqual({ code: 0, stderr: '' })
})

test('a port in use is a sentence, and nothing stays behind', { timeout: testMsMax }, async () => {
  const server = net.createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const alice = peer('alice', '--embedded-grapes', '--port', String(port))
  expect(await alice.ended).toBe(1)
  expect(alice.stderr).toBe(`cannot listen on 127.0.0.1:${port}: the port is in use\n`)
  server.close()
})

test('a key that others may read is refused before anything starts', { timeout: testMsMax }, async () => {
  const file = join(folder, 'open.key')
  writeFileSync(file, 'no key', { mode: 0o644 })
  const alice = peer('alice', '--key', file)
  expect({ code: await alice.ended, lines: alice.lines }).toEqual({ code: 2, lines: [] })
  expect(alice.stderr).toContain('is open to others (mode 644)')
})

test.each([
  [[], 'Give at least one market'],
  [['--market', 'BTC-USD'], 'write SYMBOL:tick:lot'],
  [['--market', 'BTC-USD:0:1'], 'it must be positive'],
  [['--market', market, '--name', 'two words'], 'A name has up to 32 letters'],
  [['--market', market, '--grape', '127.0.0.1:30001'], "the URL of a grape's HTTP port"],
  [['--market', market, '--peer', 'nowhere'], 'the address of a peer'],
  [['--market', market, '--port', '70000'], 'a port from 1 to 65535'],
  [
    ['--market', market, '--embedded-grapes', '--grape', 'http://127.0.0.1:30001'],
    'either --embedded-grapes or --grape',
  ],
  [['--market', market, '--nonsense'], 'unknown option'],
])('%j is a usage error', { timeout: testMsMax }, async (args, sentence) => {
  const one = new PeerProcess(args)
  expect({ code: await one.ended, lines: one.lines }).toEqual({ code: 2, lines: [] })
  expect(one.stderr).toContain(sentence)
  expect(one.stderr.trimEnd().split('\n')).toHaveLength(1)
})
