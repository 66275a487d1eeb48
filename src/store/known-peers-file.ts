/**
 * Known peers in a file: a first line that says what it is, then one peer a line as JSON. Written whole beside the old file, synced,
 * and put in its place. A file that holds anything else is set aside, one that cannot be read is left alone: none is overwritten, and
 * the peer goes on without.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, renameSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { defer, from, type Observable } from 'rxjs'
import * as z from 'zod'
import type { PeerId } from '../book/order.ts'
import { quoted } from '../book/refusal.ts'
import { limits } from '../limits.ts'
import { assertKnownPeers, type KnownPeer, type KnownPeers } from './known-peers.ts'

const firstLine = 'peerbook known peers: one a line, the most recently live first'
const ownerOnly = 0o600

const lineForm = z.strictObject({
  peerId: z.string().regex(/^[\w-]{43}$/) as unknown as z.ZodType<PeerId>,
  name: z.string().min(1).max(limits.nameCharactersMax),
  address: z.string().regex(/^[A-Za-z0-9.-]{1,253}:\d{1,5}$/),
  liveAtMs: z.number().min(0),
}) satisfies z.ZodType<KnownPeer>

export class KnownPeersFile implements KnownPeers {
  readonly #path: string
  readonly #tell: (sentence: string) => void
  #peers: readonly KnownPeer[] = []
  /** True when what is there cannot be read, and so must not be replaced. */
  #isClosed = false
  /** What was told last of writing; null when it works. */
  #trouble: string | null = null

  /** Reads the file, if there is one. `tell` hears a sentence about what is wrong with it, and when it cannot be written, once. */
  constructor(path: string, tell: (sentence: string) => void) {
    this.#path = path
    this.#tell = tell
    this.#readAll()
  }

  read(): readonly KnownPeer[] {
    return this.#peers
  }

  write(peers: readonly KnownPeer[]): Observable<void> {
    return defer(() => {
      assertKnownPeers(peers)
      return from(this.#writeAll(peers))
    })
  }

  #readAll(): void {
    try {
      const peers = parse(readText(this.#path))
      if (peers) this.#peers = peers
      else this.#setAside()
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return
      this.#isClosed = true
      this.#tell(this.#cannot('read', codeOf(error)))
    }
  }

  #setAside(): void {
    const aside = `${this.#path}.broken`
    renameSync(this.#path, aside)
    this.#tell(
      `${quoted(this.#path)} is not a file of known peers, which has a first line '${firstLine}' and then one peer a line; it is kept as ${quoted(aside)}, and nobody is known from before.`,
    )
  }

  async #writeAll(peers: readonly KnownPeer[]): Promise<void> {
    if (this.#isClosed) throw new Error(`${quoted(this.#path)} could not be read, and is not replaced`)
    try {
      await replace(this.#path, [firstLine, ...peers.map(peer => JSON.stringify(peer)), ''].join('\n'))
      this.#peers = [...peers]
      this.#trouble = null
    } catch (error) {
      const sentence = this.#cannot('written', codeOf(error))
      if (sentence !== this.#trouble) this.#tell(sentence)
      this.#trouble = sentence
      throw error
    }
  }

  #cannot(what: 'read' | 'written', code: string): string {
    return `The file of known peers ${quoted(this.#path)} cannot be ${what}: ${reasons[code] ?? code}. The peer goes on without.`
  }
}

/** Checks and reads one and the same file, whatever happens to the path meanwhile. Null when it is too large. */
function readText(path: string): string | null {
  // Without O_NONBLOCK a named pipe would be waited for.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = fstatSync(file)
    if (!stats.isFile()) throw Object.assign(new Error('not a file'), { code: 'EISDIR' })
    return stats.size <= limits.knownPeersBytesMax ? readFileSync(file, 'utf8') : null
  } finally {
    closeSync(file)
  }
}

/** Null when a line is not what it should be. */
function parse(text: string | null): readonly KnownPeer[] | null {
  const [first, ...lines] = (text ?? '').split('\n')
  if (first !== firstLine || lines.pop() !== '' || lines.length > limits.knownPeersMax) return null
  const peers = lines.map(line => lineForm.safeParse(json(line)))
  return peers.every(({ success }) => success) ? peers.flatMap(({ data }) => data ?? []) : null
}

/** Undefined when it is none, which fits no form. */
function json(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** Either the old text is there or the new one, whenever the machine stops. */
async function replace(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`
  const file = await open(fresh, 'w', ownerOnly)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(fresh, path)
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not',
  EISDIR: 'it is no file',
  ELOOP: 'its links lead in a circle',
  ENOENT: 'its directory does not exist',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is no directory',
  EROFS: 'the disk cannot be written',
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
