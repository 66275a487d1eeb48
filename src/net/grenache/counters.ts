/** Counts what the transport drops and what fails on the way into the DHT: one definition of every name that health() shows. */

const counterNames = [
  // Connections
  'connections_over_limit',
  'server_failed',
  // Requests of others that never reached requests$, or left it without an answer of the subscriber
  'request_not_http',
  'request_headers_too_large',
  'request_cut_off',
  'request_pipelined',
  'request_too_large',
  'requests_over_limit',
  'request_method_wrong',
  'request_from_browser',
  'request_upgrade_unknown',
  'request_not_netstring',
  'request_compressed',
  'request_unparsable',
  'request_malformed',
  'request_payload_not_text',
  'request_key_unknown',
  'request_unserved',
  'request_unanswered',
  'request_failed',
  'transport_closed',
  // Replies of our own
  'reply_too_large',
  'reply_ignored',
  // Replies of others
  'received_reply_too_large',
  'received_reply_malformed',
  'received_reply_is_error',
  // Discovery
  'announce_failed',
  'lookup_failed',
  'lookup_address_malformed',
  'lookup_addresses_over_limit',
] as const

export type CounterName = (typeof counterNames)[number]

export class Counters {
  readonly #counts = new Map<CounterName, number>(counterNames.map(name => [name, 0]))

  add(name: CounterName): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  snapshot(): Readonly<Record<CounterName, number>> {
    return Object.fromEntries(this.#counts) as Record<CounterName, number>
  }
}
