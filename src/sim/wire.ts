/** What a simulated transport sees of its network: a way to send, who listens where, and the DHT. Types only. */
import type { Clock } from '../clock.ts'
import type { Address, TransportFailure } from '../net/transport.ts'
import type { Message } from './fate.ts'
import type { SimulatedDht } from './simulated-dht.ts'

/** What becomes of a request in the end. */
export type Outcome = { readonly reply: string } | { readonly failure: TransportFailure }

/** Whoever takes requests at an address. */
export interface Listener {
  receive(request: Message, answer: (outcome: Outcome) => void): void
}

export interface Wire {
  readonly clock: Clock
  readonly dht: SimulatedDht
  /** Lets `arrive` be called as often and as late as the message's fate wants, with what arrives, never in the sender's stack. */
  send(message: Message, arrive: (arrived: Message) => void): void
  listenerAt(address: Address): Listener | undefined
  /** The listener takes no more requests, and the address is free. */
  release(address: Address): void
}
