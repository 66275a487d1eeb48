/**
 * The messages of peers on a real network as frames. One tap for all inspected peers of a process: it knows a request again where it
 * arrives, by its text. Of a peer elsewhere only the own end is seen: what it was asked has arrived when it answers, and of what it is
 * answered nobody here knows whether it arrives.
 */
import { defer, map, tap } from 'rxjs'
import { limits } from '../limits.ts'
import type { Address, IncomingRequest, Transport } from '../net/transport.ts'
import type { MessageFrame } from './frame.ts'
import type { Names } from './names.ts'
import { readMessage } from './read-message.ts'

type Common = Omit<MessageFrame, 'stage' | 'copy' | 'payload'>

/** A request, from when it is seen first. */
interface Asked {
  readonly key: string
  readonly common: Common
  /** Where it comes from, as far as that is known. */
  readonly from: string
  hasArrived: boolean
  /** What went back, when that was seen to leave. */
  reply: Common | null
}

export class MessageTap {
  readonly #names: Names
  readonly #now: () => number
  readonly #show: (frame: MessageFrame) => void
  /** Requests that have been seen to leave and not to arrive, by where they go and what they say. */
  readonly #underway = new Map<string, Asked[]>()
  #lastId = 0

  constructor(names: Names, now: () => number, show: (frame: MessageFrame) => void) {
    this.#names = names
    this.#now = now
    this.#show = show
  }

  /** The same transport, watched. `name` is what people call its peer. */
  over(transport: Transport, name: string): Transport {
    const { address } = transport
    this.#names.learn(address, name)
    return {
      address,
      requests$: transport.requests$.pipe(map(request => this.#heard(address, request))),
      request: (to, payload, timeoutMs) =>
        defer(() => {
          const asked = this.#asks(address, to, payload)
          const next = (reply: string): void => this.#answered(asked, to, reply)
          const error = (): void => this.#failed(asked)
          return transport
            .request(to, payload, timeoutMs)
            .pipe(tap({ next, error, unsubscribe: () => this.#forget(asked) }))
        }),
      announce: services => transport.announce(services),
      lookup: service => transport.lookup(service),
      health: () => transport.health(),
      close: () => transport.close(),
    }
  }

  #asks(from: Address, to: Address, payload: string): Asked {
    const key = keyOf(to, payload)
    const asked: Asked = {
      ...{ key, from, hasArrived: false, reply: null },
      common: this.#sent('request', from, to, payload),
    }
    this.#underway.set(key, [...(this.#underway.get(key) ?? []), asked])
    if (this.#underway.size > limits.inspectMessagesMax) {
      const [oldest] = this.#underway.keys()
      if (oldest !== undefined) this.#underway.delete(oldest)
    }
    return asked
  }

  #heard(at: Address, request: IncomingRequest): IncomingRequest {
    const key = keyOf(at, request.payload)
    const from = speakerOf(request)
    const asked = this.#underway.get(key)?.[0] ?? {
      ...{ key, from, hasArrived: false, reply: null },
      common: this.#sent('request', from, at, request.payload),
    }
    this.#arrived(asked)
    return {
      payload: request.payload,
      from: request.from,
      reply: payload => {
        asked.reply ??= this.#sent('reply', at, asked.from, payload)
        request.reply(payload)
      },
    }
  }

  #answered(asked: Asked, by: Address, payload: string): void {
    if (!asked.hasArrived) this.#arrived(asked)
    const reply = asked.reply ?? this.#sent('reply', by, asked.from, payload)
    this.#tell(reply, 'arrived')
  }

  /** A request that has arrived and brings no reply has failed on its way back. */
  #failed(asked: Asked): void {
    this.#forget(asked)
    if (!asked.hasArrived) this.#tell(asked.common, 'lost')
    else if (asked.reply) this.#tell(asked.reply, 'lost')
  }

  #arrived(asked: Asked): void {
    this.#forget(asked)
    asked.hasArrived = true
    this.#tell(asked.common, 'arrived')
  }

  #forget(asked: Asked): void {
    const others = this.#underway.get(asked.key)?.filter(one => one !== asked) ?? []
    if (others.length > 0) this.#underway.set(asked.key, others)
    else this.#underway.delete(asked.key)
  }

  #sent(kind: 'request' | 'reply', from: string, to: string, text: string): Common {
    this.#lastId += 1
    const nameOf = (known: string): string => this.#names.of(known)
    const { payload, ...read } = readMessage(kind, text, nameOf)
    const common: Common = {
      ...{ type: '@peerbook.message', id: this.#lastId, atMs: this.#now(), kind, ...read },
      ...{ from: nameOf(from), to: nameOf(to) },
    }
    this.#show({ ...common, stage: 'sent', copy: 0, payload })
    return common
  }

  #tell(common: Common, stage: 'arrived' | 'lost'): void {
    this.#show({ ...common, atMs: this.#now(), stage, copy: stage === 'arrived' ? 1 : 0, payload: null })
  }
}

function keyOf(to: Address, payload: string): string {
  return `${to} ${payload}`
}

/** Whoever signed what a request carries is taken for its sender, by peer id; else the place that it comes from. */
function speakerOf({ payload, from }: IncomingRequest): string {
  const signer = /\\"(?:taker|from)\\":\\"([\w-]{43})\\"/.exec(payload)?.[1]
  return signer ?? from
}
