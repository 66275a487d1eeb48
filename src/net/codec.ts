/**
 * Turns requests and replies into text and back. Every text from the wire is hostile: it is checked in full before anybody else
 * sees it, and a text that does not pass gives a named reason, never an exception.
 */
import * as z from 'zod'
import type { PeerId } from '../book/order.ts'
import { hashOf, isSignedBy, type Domain, type Signed, type Verifier } from '../feed/signer.ts'
import {
  protocolVersion,
  refusalSchema,
  type RefusedReply,
  type Reply,
  type Request,
  type RequestRefusal,
  type RequestType,
} from './messages.ts'
import { envelopeForm, repliedForms, requestForm, type Form } from './usual-form.ts'

export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly reason: RequestRefusal
  /** Milliseconds to wait before anything else is asked of whoever refuses; undefined when it does not say. */
  readonly retryAfterMs: number | undefined
  constructor({ reason, sentence, retryAfterMs }: RefusedReply) {
    super(sentence)
    this.reason = reason
    this.retryAfterMs = retryAfterMs
  }
}

const refusedSchema = z.object({ refused: refusalSchema })

export function encodeRequest(networkId: string, request: Request, version = protocolVersion): string {
  return JSON.stringify({ version, network: networkId, request })
}

/** The request in a text from the wire. Throws RefusedError with the reason to reply. */
export function decodeRequest(networkId: string, payload: string, version = protocolVersion): Request {
  const envelope = parse(envelopeForm, json(payload))
  if (envelope.version !== version)
    throw refusal('protocol_version_differs', `this peer speaks version ${version}, not ${envelope.version}`)
  if (envelope.network !== networkId) throw refusal('network_differs', 'this peer belongs to another network')
  return parse(requestForm, envelope['request'])
}

export function encodeReply<T extends RequestType>(reply: Reply<T>): string {
  return JSON.stringify({ reply })
}

export function encodeRefusal(reason: RequestRefusal, sentence: string, retryAfterMs?: number): string {
  return JSON.stringify({ refused: { reason, sentence, retryAfterMs } satisfies RefusedReply })
}

/** The reply to a request of the given type. Throws RefusedError: the other side's, or `message_malformed`. */
export function decodeReply<T extends RequestType>(type: T, payload: string): Reply<T> {
  const content = json(payload)
  const refused = isObject(content) && 'refused' in content ? refusedSchema.safeParse(content) : null
  if (refused?.success === true) throw new RefusedError(refused.data.refused)
  return parse(repliedForms[type], content).reply
}

/**
 * The content of a signed text: first the signature, then the schema. The author is read from the body's field `author`: the body
 * says who wrote it, the signature proves it. Its hash may be known already. Throws RefusedError.
 */
export function openSigned<T>(
  verifier: Verifier,
  domain: Domain,
  schema: Form<T>,
  signed: Signed,
  author: keyof T & string,
  bodyHash = hashOf(domain, signed),
): T {
  const claimed = json(signed.body)
  const by = isObject(claimed) ? claimed[author] : undefined
  if (typeof by !== 'string' || !isSignedBy(verifier, by as PeerId, domain, signed, bodyHash))
    throw refusal('signature_wrong', `the ${domain.kind} is not signed by the peer it names`)
  return parse(schema, claimed)
}

export function refusal(reason: RequestRefusal, sentence: string, retryAfterMs?: number): RefusedError {
  return new RefusedError({ reason, sentence, retryAfterMs })
}

function isObject(content: unknown): content is Readonly<Record<string, unknown>> {
  return typeof content === 'object' && content !== null
}

function json(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch (error) {
    throw refusal('message_malformed', `the message is not JSON: ${String(error)}`)
  }
}

function parse<T>(schema: Form<T>, content: unknown): T {
  const result = schema.safeParse(content)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw refusal('message_malformed', `${issue?.path.join('.') || 'the message'}: ${issue?.message ?? 'is malformed'}`)
}
