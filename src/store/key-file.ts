/**
 * A peer's secret key in a file: two lines, one that says what it is and one of 64 hexadecimal digits. Gives the 32 bytes, and makes
 * the file when there is none. Never overwrites a file, and never uses one that somebody else may read.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { quoted, refuse, type Refusal } from '../book/refusal.ts'

export interface KeyFile {
  readonly secret: Uint8Array
  /** True when the file was not there before. */
  readonly isNew: boolean
}

export type KeyFileRefusalReason =
  'key_file_is_open_to_others' | 'key_file_is_malformed' | 'key_file_cannot_be_read' | 'key_file_cannot_be_made'

const firstLine = 'peerbook secret key: 32 bytes in hexadecimal, to be shown to nobody'
const contentPattern = new RegExp(`^${firstLine}\\n([0-9a-f]{64})\\n?$`)
const contentBytesMax = 1_024
const ownerOnly = 0o600
const othersMask = 0o077

/** `drawSecret` gives 32 random bytes; it is asked only when there is no such file. */
export function openKeyFile(path: string, drawSecret: () => Uint8Array): KeyFile | Refusal<KeyFileRefusalReason> {
  try {
    return readKeyFile(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') return refuse('key_file_cannot_be_read', cannot('read', path, error))
    return makeKeyFile(path, drawSecret())
  }
}

function makeKeyFile(path: string, secret: Uint8Array): KeyFile | Refusal<KeyFileRefusalReason> {
  try {
    const text = `${firstLine}\n${Buffer.from(secret).toString('hex')}\n`
    writeFileSync(path, text, { flag: 'wx', mode: ownerOnly, flush: true })
    return { secret, isNew: true }
  } catch (error) {
    return refuse('key_file_cannot_be_made', cannot('made', path, error))
  }
}

/** Checks and reads one and the same file, whatever happens to the path meanwhile. */
function readKeyFile(path: string): KeyFile | Refusal<KeyFileRefusalReason> {
  // Without O_NONBLOCK a named pipe would be waited for.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = fstatSync(file)
    if (!stats.isFile() || stats.size > contentBytesMax) return malformed(path)
    if ((stats.mode & othersMask) !== 0) return openToOthers(path, stats.mode)
    return parseKey(path, readFileSync(file, 'utf8'))
  } finally {
    closeSync(file)
  }
}

function parseKey(path: string, text: string): KeyFile | Refusal<KeyFileRefusalReason> {
  const [, digits] = contentPattern.exec(text) ?? []
  return digits === undefined ? malformed(path) : { secret: Buffer.from(digits, 'hex'), isNew: false }
}

function malformed(path: string): Refusal<'key_file_is_malformed'> {
  const sentence = `${quoted(path)} is not a key file: it has a first line '${firstLine}' and a second one of 64 hexadecimal digits.`
  return refuse('key_file_is_malformed', sentence)
}

function openToOthers(path: string, mode: number): Refusal<'key_file_is_open_to_others'> {
  const rights = (mode & 0o777).toString(8).padStart(3, '0')
  const sentence = `The key file ${quoted(path)} is open to others (mode ${rights}): who reads it can trade in this peer's name. Make a new key, or take their rights away: chmod 600.`
  return refuse('key_file_is_open_to_others', sentence)
}

function cannot(what: 'read' | 'made', path: string, error: unknown): string {
  return `The key file ${quoted(path)} cannot be ${what}: ${reasons[codeOf(error)] ?? codeOf(error)}.`
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not',
  EEXIST: 'somebody has made it at this moment',
  EISDIR: 'it is a directory',
  ELOOP: 'its links lead in a circle',
  ENOENT: 'its directory does not exist',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is no directory',
  EROFS: 'the disk cannot be written',
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
