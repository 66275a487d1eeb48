/** Grenache's reply, strictly: the JSON array `[rid, null, result]` or `[rid, "an error", anything]`, with the rid of our request. */
import { embeddedBehind } from './embedding.ts'
import { jsonOf, objectText, quoteForeign, textOf } from './json.ts'

export type ParsedReply =
  | { readonly kind: 'result'; readonly result: string }
  | { readonly kind: 'error'; readonly error: string }
  | { readonly kind: 'malformed'; readonly sentence: string }

const malformed = (sentence: string): ParsedReply => ({ kind: 'malformed', sentence })

export function parseReply(body: Buffer, ownRid: string): ParsedReply {
  const text = textOf(body)
  if (text === undefined) return malformed('the reply is not JSON')
  const embedded = embeddedBehind(text, `[${JSON.stringify(ownRid)},null,`)
  return embedded === undefined ? parseOther(text, ownRid) : { kind: 'result', result: embedded }
}

function parseOther(text: string, ownRid: string): ParsedReply {
  const json = jsonOf(text)
  if (json === undefined) return malformed('the reply is not JSON')
  if (!Array.isArray(json) || json.length !== 3) return malformed('the reply is not an array of three')
  const [rid, error, result] = json as unknown[]
  if (typeof error === 'string' && error !== '' && (rid === ownRid || rid === null)) return { kind: 'error', error }
  if (rid !== ownRid) return malformed(`the reply is for ${quoteForeign(rid)}, which is not our request`)
  if (error !== null) return malformed(`the reply's error is ${quoteForeign(error)}, neither null nor a text`)
  if (typeof result === 'string') return { kind: 'result', result }
  const object = objectText(result)
  return object === undefined
    ? malformed('the result is neither a text nor an object')
    : { kind: 'result', result: object }
}
