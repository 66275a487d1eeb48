/**
 * The requests that the server refuses by itself. Each has one name, which is also its counter; on the wire it is
 * `[rid, "ERR_<NAME>: sentence", null]`, as Grenache's errors are.
 */

const refusals = {
  request_too_large: [413, 'the request is larger than a message may be'],
  requests_over_limit: [503, 'too many requests are being read'],
  request_cut_off: [408, 'the request did not arrive as a whole in time'],
  request_method_wrong: [405, 'only POST is served'],
  request_from_browser: [403, 'web pages of another origin are not served'],
  request_upgrade_unknown: [
    400,
    'a GET upgrades to netstring, and nothing else is upgraded; without the header Upgrade it is served',
  ],
  request_not_netstring: [400, 'what came over the line is no netstring'],
  request_compressed: [415, 'compressed requests are not read'],
  request_unparsable: [400, 'the request is not JSON'],
  request_malformed: [400, 'the request is not an array of rid, key and payload'],
  request_payload_not_text: [400, 'the payload is neither a text nor an object'],
  request_key_unknown: [404, 'this key is not served here'],
  request_unserved: [503, 'nobody serves requests here now'],
  request_unanswered: [504, 'nobody answered the request in time'],
  request_failed: [500, 'the request could not be handled'],
  reply_too_large: [500, 'the reply is larger than a message may be'],
  transport_closed: [503, 'this peer is leaving'],
} as const satisfies Record<string, readonly [status: number, sentence: string]>

export type Refusal = keyof typeof refusals

export interface RefusalAnswer {
  readonly status: number
  readonly text: string
}

/** Grenache answers errors with 200. Without a rid nobody could tell whose answer it is, so the HTTP status has to say it. */
export function refusalAnswer(refusal: Refusal, rid: string | null): RefusalAnswer {
  const [status, sentence] = refusals[refusal]
  const error = `${errorCode(refusal)}: ${sentence}`
  return { status: rid === null ? status : 200, text: JSON.stringify([rid, error, null]) }
}

/** Whether an error text that came back is this refusal of a server like ours. */
export function isRefusal(error: string, refusal: Refusal): boolean {
  return error.startsWith(`${errorCode(refusal)}:`)
}

function errorCode(refusal: Refusal): string {
  return `ERR_${refusal.toUpperCase()}`
}
