/** The messages of a simulation as frames: its history has every one of them, with the names of both ends and what became of it. */
import type { Happened, History } from '../sim/history.ts'
import { nameAt } from '../sim/said.ts'
import type { MessageFrame } from './frame.ts'
import type { Names } from './names.ts'
import { readMessage } from './read-message.ts'

type Crossing = Extract<Happened, { type: 'sent' | 'arrived' }>

/** Shows what happens from now on. Messages to and from the DHT are left out. */
export function showHistory(history: History, names: Names, show: (frame: MessageFrame) => void): void {
  history.listen(happened => {
    if (happened.type === 'started') names.learn(happened.peerId, happened.peer)
    if (happened.type === 'sent' || happened.type === 'arrived')
      for (const frame of framesOf(happened, names)) show(frame)
  })
}

function framesOf(crossing: Crossing, names: Names): readonly MessageFrame[] {
  const { message, id, atMs } = crossing
  const { kind } = message
  if (kind !== 'request' && kind !== 'reply') return []
  const { payload, ...read } = readMessage(kind, message.payload, peerId => names.of(peerId))
  const ends = { kind, from: nameAt(message.from), to: nameAt(message.to) }
  const common = { type: '@peerbook.message', id, atMs, ...ends, ...read } as const
  if (crossing.type === 'arrived') return [{ ...common, stage: 'arrived', copy: crossing.copy, payload: null }]
  const sent: MessageFrame = { ...common, stage: 'sent', copy: 0, payload }
  return crossing.copies > 0 ? [sent] : [sent, { ...common, stage: 'lost', copy: 0, payload: null }]
}
