/** What messages on the simulated network say, read once each, and between whom they go. */
import type { Message } from './fate.ts'
import type { Said } from './history.ts'

const read = new WeakMap<Message, Said>()

export function saidBy(message: Message): Said {
  const known = read.get(message)
  if (known) return known
  const isOfPeers = message.kind === 'request' || message.kind === 'reply'
  const said = isOfPeers && message.payload !== '' ? (JSON.parse(message.payload) as Said) : {}
  read.set(message, said)
  return said
}

/** `alice` listens at `alice.sim:1`. */
export function nameAt(address: string): string {
  return address.split('.')[0] ?? ''
}
