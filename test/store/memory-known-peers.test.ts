import { MemoryKnownPeers } from '../../src/store/memory-known-peers.ts'
import { knownPeersContract } from './known-peers-contract.ts'

knownPeersContract('known peers in memory', () => {
  const known = new MemoryKnownPeers(task => setImmediate(task))
  return { open: () => known }
})
