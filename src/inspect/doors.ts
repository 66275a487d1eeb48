/**
 * Who may come in: programs and pages of this machine. A page from elsewhere that has made a name of its own point here (DNS rebinding)
 * is known by its Host, one that simply connects by its Origin; neither can be forged by a page.
 */
import type { IncomingMessage } from 'node:http'

export type DoorRefusal = 'host_not_allowed' | 'origin_not_allowed'

const ownHosts = ['127.0.0.1', 'localhost', '[::1]']

/** Null when it may. `port` is ours. */
export function refusalAtDoor({ headers }: IncomingMessage, port: number): DoorRefusal | null {
  const hosts = ownHosts.map(host => `${host}:${port}`)
  if (headers.host === undefined || !hosts.includes(headers.host)) return 'host_not_allowed'
  // Programs send none; pages cannot leave theirs out.
  if (headers.origin === undefined) return null
  return hosts.some(host => headers.origin === `http://${host}`) ? null : 'origin_not_allowed'
}

export const doorSentences: Readonly<Record<DoorRefusal, string>> = {
  host_not_allowed: 'The inspector is reached under 127.0.0.1 or localhost and its own port only.',
  origin_not_allowed: 'Pages of other origins may not talk to the inspector.',
}

/** Where a request goes; one that goes nowhere goes to the path `/?`, which is nothing. */
export function targetOf({ url = '' }: IncomingMessage): { readonly path: string; readonly role: string | null } {
  const base = 'http://127.0.0.1'
  if (!url.startsWith('/') || !URL.canParse(base + url)) return { path: '/?', role: null }
  const { pathname, searchParams } = new URL(base + url)
  return { path: pathname, role: searchParams.get('role') }
}
