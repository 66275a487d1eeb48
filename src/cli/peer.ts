/**
 * `npm run peer`: one peer in a process of its own, and a prompt to trade at. Exit code 0 when it was stopped, 1 when it could not
 * start or something failed inside, 2 when it was called in a wrong way.
 */
import { randomBytes } from 'node:crypto'
import { ReplaySubject, type Observable, type Subject } from 'rxjs'
import { isRefusal } from '../book/refusal.ts'
import { ed25519Signer } from '../feed/ed25519.ts'
import { createPeer, defaultName, startGrapes, type Grapes } from '../index.ts'
import type { Peer } from '../peer/peer.ts'
import { openKeyFile, type KeyFile } from '../store/key-file.ts'
import { endingSignals } from './ending-signals.ts'
import { InspectedPeer } from './inspected-peer.ts'
import { KnownPeersFile } from '../store/known-peers-file.ts'
import type { KnownPeers } from '../store/known-peers.ts'
import { PeerNames } from './peer-names.ts'
import { commandLineFor, readPeerOptions, type PeerOptions } from './peer-options.ts'
import { PeerSession } from './peer-session.ts'
import { linesOf } from './peer-text.ts'
import type { Told } from './peer-told.ts'
import { PeerWatch } from './peer-watch.ts'
import { Terminal } from './terminal.ts'
import { runCommand, UsageError } from './usage.ts'

type Tell = (told: Told) => void

const keyBytes = 32
/** A file tells each of its troubles once. */
const noticesMax = 10
/** What shells give for a process that was interrupted. */
const interruptedExitCode = 130
/** A script begins when the others have been found, or when it is clear that nobody is there. */
const findMsMax = 5_000

await runCommand(run)

async function run(): Promise<void> {
  const options = readPeerOptions()
  const key = options.key === undefined ? null : keyIn(options.key)
  const secret = key?.secret ?? randomBytes(keyBytes)
  const name = options.name ?? defaultName(ed25519Signer(secret).peerId)
  /** Sentences that come up before there is anybody to tell, and later ones. */
  const notices$ = new ReplaySubject<string>(noticesMax)
  const knownPeers = options.key === undefined ? null : knownPeersBeside(options.key, notices$)
  const grapes = options.embeddedGrapes ? await startGrapes({ count: 2 }) : null
  const inspected = options.inspect ? await InspectedPeer.open(name) : null
  try {
    const peer = await createPeer({
      name,
      key: secret,
      networkId: options.network,
      markets: options.market,
      grapes: grapes?.urls ?? options.grape,
      peers: options.peer,
      ...(knownPeers === null ? {} : { knownPeers }),
      ...(options.port === undefined ? {} : { port: options.port }),
      ...inspected?.watching,
    })
    inspected?.follow(peer)
    await serve(peer, { options, key, knownPeers, grapes, inspected, notices$ })
  } finally {
    await inspected?.close()
    await grapes?.stop()
  }
}

function keyIn(file: string): KeyFile {
  const key = openKeyFile(file, () => randomBytes(keyBytes))
  if (isRefusal(key)) throw new UsageError(key.sentence)
  return key
}

/** Who is known by a key has neighbours worth remembering; who is somebody else at each start leaves nothing behind. */
function knownPeersBeside(keyFile: string, notices$: Subject<string>): KnownPeersFile {
  return new KnownPeersFile(`${keyFile}.peers`, sentence => notices$.next(sentence))
}

/** What was set up before the peer was there. */
interface Setup {
  readonly options: PeerOptions
  readonly key: KeyFile | null
  readonly knownPeers: KnownPeers | null
  readonly grapes: Grapes | null
  readonly inspected: InspectedPeer | null
  readonly notices$: Observable<string>
}

/** From the first line to the last; the peer has stopped when it resolves. */
async function serve(peer: Peer, setup: Setup): Promise<void> {
  const { options } = setup
  const interruption = interruptible()
  const { signal } = interruption
  const terminal = new Terminal({
    prompt: () => `${peer.name} ${session.market.symbol}> `,
    interrupted: interruption.interrupt,
    left: interruption.end,
    isPlain: options.json,
  })
  const tell: Tell = told => terminal.print(options.json ? [jsonOf(told)] : textOf(told, terminal))
  tellOfStart(peer, setup, tell)
  peer.halted$.subscribe(interruption.end)
  setup.notices$.subscribe(sentence => tell({ type: 'notice', sentence }))
  const names = new PeerNames(peer)
  const watch = new PeerWatch(peer, names, options.peer, tell)
  const session = new PeerSession(peer, names, watch, signal)
  signal.addEventListener('abort', () => terminal.close())
  if (!terminal.isInteractive) await findOthers(peer, signal, tell)
  await answerLines(terminal, session, signal, tell)
  terminal.close()
  tell({ type: 'stopping' })
  const openOrders = session.openOrders()
  if (peer.health().failure !== null) process.exitCode = 1
  await peer.stop()
  watch.stop()
  tell({ type: 'stopped', openOrders })
}

function tellOfStart(peer: Peer, { options, key, knownPeers, grapes, inspected }: Setup, tell: Tell): void {
  const { name, id, address } = peer
  const { network, grape, peer: known, key: file } = options
  tell({
    ...{ type: 'started', name, peerId: id, address, network, pid: process.pid },
    markets: peer.markets.map(market => market.id),
    key: key === null || file === undefined ? null : { file, isNew: key.isNew },
  })
  if (inspected) tell({ type: 'inspected', url: inspected.url })
  if (grapes) {
    const command = commandLineFor(name === 'bob' ? 'alice' : 'bob', options, grapes.urls)
    tell({ type: 'grapes_started', urls: grapes.urls, command })
  } else if (grape.length + known.length + (knownPeers?.read().length ?? 0) === 0) {
    const sentence = `without a grape and a known peer it waits to be found: others name it with --peer ${address}`
    tell({ type: 'notice', sentence })
  }
}

async function findOthers(peer: Peer, signal: AbortSignal, tell: Tell): Promise<void> {
  try {
    if (!signal.aborted) await peer.ready({ neighbours: 0, timeoutMs: findMsMax })
  } catch (error) {
    tell({ type: 'notice', sentence: error instanceof Error ? error.message : String(error) })
  }
}

/**
 * At a terminal a line is answered while the next one is being typed, so that an order that waits for another peer holds up
 * nothing; the lines of a script are carried out one after the other.
 */
async function answerLines(terminal: Terminal, session: PeerSession, signal: AbortSignal, tell: Tell): Promise<void> {
  if (signal.aborted) return
  for await (const line of terminal.lines()) {
    const answering = session.answer(line).then(answer => {
      if (answer !== null && answer !== 'quit') tell(answer)
      return answer
    })
    terminal.askForMore()
    const answer = terminal.isInteractive && line.trim() !== 'quit' ? null : await answering
    if (answer === 'quit') return
  }
}

interface Interruption {
  readonly signal: AbortSignal
  /** The first time it asks to stop, the second time it ends the process. */
  readonly interrupt: () => void
  /** Asks to stop, however often. */
  readonly end: () => void
}

function interruptible(): Interruption {
  const controller = new AbortController()
  const end = () => controller.abort()
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(interruptedExitCode)
    end()
  }
  for (const name of endingSignals) process.on(name, interrupt)
  process.on('SIGHUP', end)
  return { signal: controller.signal, interrupt, end }
}

function jsonOf(told: Told): string {
  return JSON.stringify({ at: new Date().toISOString(), ...told })
}

/** At a terminal, what happens bears the time of day, for a person to look back at; answers do not. */
function textOf(told: Told, { isInteractive, colours }: Terminal): readonly string[] {
  const lines = linesOf(told, colours)
  if (!isInteractive || 'line' in told) return lines
  const time = colours.dim(new Date().toTimeString().slice(0, 8))
  return lines.map(line => `${time} ${line}`)
}
