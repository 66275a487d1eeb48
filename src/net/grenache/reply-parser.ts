/** Grenache's reply, strictly: the JSON array `[rid, null, result]` or `[rid, "an error", anything]`, with the rid of our request. */
import { parseJson, quoteForeign } from './json.ts'

export type ParsedReply =
  | { readonly kind: 'result'; readonly result: string }
  | { readonly kind: 'error'; readonly error: string }
  | { readonly kind: 'malformed'; readonly sentence: string }

const malformed = (sentence: string): ParsedReply => ({ kind: 'malformed', sentence })

export function parseReply(body: Buffer, ownRid: string): ParsedReply {
  const json = parseJson(body)
  if (json === undefined) return malformed('the reply is not JSON')
  if (!Array.isArray(json) || json.length !== 3) return malformed('the reply is not an array of three')
  const [rid, error, result] = json as unknown[]
  if (typeof error === 'string' && error !== '' && (rid === ownRid || rid === null)) return { kind: 'error', error }
  if (rid !== ownRid) return malformed(`the reply is for ${quoteForeign(rid)}, which is not our request`)
  if (error !== null) return malformed(`the reply's error is ${quoteForeign(error)}, neither null nor a text`)
  if (typeof result !== 'string') return malformed('the result is not a text')
  return { kind: 'result', result }
}
