/**
 * Where a connection comes from, as far as it costs anything to come from elsewhere: an IPv4 address, or the first 64 bits of an
 * IPv6 address, since whoever has one of these has all that begin alike. On loopback and behind one NAT all peers are one origin.
 */
import { isIPv6 } from 'node:net'

const mappedPattern = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i
const groupsOfNetwork = 4
const groupsOfAddress = 8

/** `unknown` for a connection that has ended already. */
export function originOf(remoteAddress: string | undefined): string {
  if (remoteAddress === undefined) return 'unknown'
  const [, mapped] = mappedPattern.exec(remoteAddress) ?? []
  if (mapped !== undefined) return mapped
  const [address = ''] = remoteAddress.split('%')
  return address.includes(':') && isIPv6(address)
    ? `${groupsOf(address).slice(0, groupsOfNetwork).join(':')}::/64`
    : remoteAddress
}

/** All eight, `::` written out. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.toLowerCase().split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const between = tail === undefined ? 0 : groupsOfAddress - before.length - after.length
  return [...before, ...Array<string>(Math.max(0, between)).fill('0'), ...after].map(group =>
    group.replace(/^0+(?=.)/, ''),
  )
}
