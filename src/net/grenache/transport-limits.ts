/** The limits that the Grenache transport obeys: those of src/limits.ts, which tests of timing may shorten. */
import { limits } from '../../limits.ts'

type LimitName =
  | 'messageBytesMax'
  | 'headersBytesMax'
  | 'readingBytesMax'
  | 'grapeReplyBytesMax'
  | 'connectionsMax'
  | 'requestsOpenMax'
  | 'lookupAddressesMax'
  | 'requestReadMsMax'
  | 'replyMsMax'
  | 'connectionIdleMsMax'
  | 'servedConnectionIdleMsMax'
  | 'closeGraceMsMax'
  | 'lineRetryMs'
  | 'grapeTimeoutMs'
  | 'lookupGraceMs'
  | 'announceIntervalMs'
  | 'announceRetryMs'

export type TransportLimits = Readonly<Record<LimitName, number>>

export const transportLimits: TransportLimits = limits
