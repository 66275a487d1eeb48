/** The text form of an Address, checked: what a grape or a user says is a rumour until it has this shape. */
import type { Address } from '../transport.ts'

const addressPattern = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?:([1-9]\d{0,4})$/

/** True for `host:port` with a name or an IPv4 address and a port of 1 to 65535. IPv6 is not supported, since the DHT carries IPv4 only. */
export function isAddress(text: unknown): text is Address {
  if (typeof text !== 'string') return false
  const port = addressPattern.exec(text)?.[1]
  return port !== undefined && Number(port) <= 65_535
}

export function splitAddress(address: Address): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':')
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) }
}
