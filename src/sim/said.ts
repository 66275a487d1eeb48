/** What messages on the simulated network say and what is signed, read once each, and between whom messages go. */
import { segmentOf, type WrittenSegment } from '../feed/segment-text.ts'
import type { Words } from '../feed/signer.ts'
import type { Message } from './fate.ts'
import type { Said } from './history.ts'

const read = new WeakMap<Message, Said>()
const contents = new WeakMap<Words, unknown>()

export function saidBy(message: Message): Said {
  const known = read.get(message)
  if (known) return known
  const isOfPeers = message.kind === 'request' || message.kind === 'reply'
  const said = isOfPeers && message.payload !== '' ? (JSON.parse(message.payload) as Said) : {}
  read.set(message, said)
  return said
}

/** What a text says. Not to be changed: others read the same. */
export function contentOf(words: Words): unknown {
  const known = contents.get(words)
  if (known !== undefined) return known
  const content = readText(words.body)
  contents.set(words, content)
  return content
}

function readText(body: string): unknown {
  const written = JSON.parse(body) as object
  return 'entries' in written ? segmentOf(written as WrittenSegment) : written
}

/** `alice` listens at `alice.sim:1`. */
export function nameAt(address: string): string {
  const end = address.indexOf('.')
  return end === -1 ? address : address.slice(0, end)
}
