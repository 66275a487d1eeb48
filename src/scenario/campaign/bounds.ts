/** What a campaign may draw from: how many peers and orders, and which kinds of faults. */

/** Everything that can go wrong. Each kind is switched on with probability one half, and its strength is drawn. */
export const faultNames = [
  ...(['loss', 'duplication', 'replay', 'delay', 'forgery'] as const),
  ...(['clogged-path', 'slow-peer', 'partition', 'one-way', 'flapping'] as const),
  ...(['clock', 'pause', 'crash', 'lost-tail', 'doubt', 'group', 'leave', 'join'] as const),
  ...(['grapes', 'rumours'] as const),
] as const
export type FaultName = (typeof faultNames)[number]

/** Both ends included. */
export type Range = readonly [min: number, max: number]

export interface Bounds {
  readonly peers: Range
  readonly orders: Range
  /** Always this kind of fault and no other; null: as drawn. */
  readonly only: FaultName | null
  /** Never these. */
  readonly without: readonly FaultName[]
  /** Ed25519 instead of keyed hashes. */
  readonly hasRealSignatures: boolean
}

export const peerNames = [
  ...['alice', 'bob', 'carol', 'dave', 'erin', 'frank'],
  ...['grace', 'heidi', 'ivan', 'judy', 'mallory', 'niaj'],
]
/** More would make a seed slow, and find nothing that fewer do not. */
export const campaignPeersMax = peerNames.length
export const campaignOrdersMax = 1_000

export const defaultBounds: Bounds = {
  peers: [2, 5],
  orders: [12, 34],
  only: null,
  without: [],
  hasRealSignatures: false,
}

export function isFaultName(word: string): word is FaultName {
  return faultNames.some(known => known === word)
}
