/** Grenache's request, strictly: the JSON array `[rid, key, payload]` of two texts and a text or an object: `["5f0c…","peerbook:main",{…}]`. */
import { embeddedBehind } from './embedding.ts'
import { jsonOf, objectText, textOf } from './json.ts'

/** A rid is echoed, so it must not be long; Grenache's own are UUIDs of 36 characters. */
const ridCharactersMax = 64

export interface ParsedRequest {
  readonly rid: string
  readonly key: string
  /** A text, or the JSON of an object. */
  readonly payload: string
}

export interface UnreadableRequest {
  /** The rid if it could be read, so that the error reaches who asked. */
  readonly rid: string | null
  readonly refusal: 'request_unparsable' | 'request_malformed' | 'request_payload_not_text'
}

/** Nearly every request: what comes last needs not be read here. */
const opening = /^\["([^"\\\p{Cc}]+)","([^"\\\p{Cc}]*)",/u

export function parseRequest(body: Buffer): ParsedRequest | UnreadableRequest {
  const text = textOf(body)
  if (text === undefined) return { rid: null, refusal: 'request_unparsable' }
  const [begun = '', rid = '', key = ''] = opening.exec(text) ?? []
  const payload = begun === '' || rid.length > ridCharactersMax ? undefined : embeddedBehind(text, begun)
  return payload === undefined ? parseOther(text) : { rid, key, payload }
}

function parseOther(text: string): ParsedRequest | UnreadableRequest {
  const json = jsonOf(text)
  if (json === undefined) return { rid: null, refusal: 'request_unparsable' }
  if (!Array.isArray(json)) return { rid: null, refusal: 'request_malformed' }
  const [rid, key, payload] = json as unknown[]
  if (typeof rid !== 'string' || rid === '' || rid.length > ridCharactersMax) {
    return { rid: null, refusal: 'request_malformed' }
  }
  if (json.length !== 3 || typeof key !== 'string') return { rid, refusal: 'request_malformed' }
  if (typeof payload === 'string') return { rid, key, payload }
  const object = objectText(payload)
  return object === undefined ? { rid, refusal: 'request_payload_not_text' } : { rid, key, payload: object }
}
