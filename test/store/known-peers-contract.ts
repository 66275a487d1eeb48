/** What every form of KnownPeers promises. A harness lends a place that outlives them, so that they can be opened again. */
import { firstValueFrom } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { PeerId } from '../../src/book/order.ts'
import { limits } from '../../src/limits.ts'
import type { KnownPeer, KnownPeers } from '../../src/store/known-peers.ts'

export interface KnownPeersPlace {
  /** Opens what is there. */
  open(): KnownPeers
}

export function knownPeer(number: number): KnownPeer {
  return {
    peerId: String(number).padStart(43, 'p') as PeerId,
    name: `peer ${number}`,
    address: `127.0.0.1:${number + 1}`,
    liveAtMs: 1_704_067_200_000.5 + number,
  }
}

export function knownPeersContract(name: string, place: () => KnownPeersPlace): void {
  const written = (to: KnownPeersPlace, peers: readonly KnownPeer[]) => firstValueFrom(to.open().write(peers))

  describe(name, () => {
    test('at first nobody is known', () => {
      expect(place().open().read()).toEqual([])
    })

    test('who was written is read, in the same order, however often it is opened', async () => {
      const here = place()
      const peers = [3, 1, 2].map(knownPeer)
      await written(here, peers)
      expect(here.open().read()).toEqual(peers)
      expect(here.open().read()).toEqual(peers)
    })

    test('what is written takes the place of all that was there', async () => {
      const here = place()
      await written(here, [1, 2].map(knownPeer))
      await written(here, [3].map(knownPeer))
      expect(here.open().read()).toEqual([knownPeer(3)])
      await written(here, [])
      expect(here.open().read()).toEqual([])
    })

    test('who writes reads the same without opening again', async () => {
      const known = place().open()
      await firstValueFrom(known.write([knownPeer(1)]))
      expect(known.read()).toEqual([knownPeer(1)])
    })

    test('nothing is written before somebody subscribes, nor in the same moment', async () => {
      const here = place()
      const known = here.open()
      const writing$ = known.write([knownPeer(1)])
      expect(here.open().read()).toEqual([])
      let isDone = false
      const done = firstValueFrom(writing$).then(() => (isDone = true))
      expect([isDone, here.open().read()]).toEqual([false, []])
      await done
    })

    test('as many as one may keep, with the longest names and addresses, are read again', async () => {
      const here = place()
      const peers = Array.from({ length: limits.knownPeersMax }, (_, number) => ({
        ...knownPeer(number),
        name: '価'.repeat(limits.nameCharactersMax),
        address: `${'a'.repeat(253)}:${10_000 + number}`,
      }))
      await written(here, peers)
      expect(here.open().read()).toEqual(peers)
    })

    test('more than one may keep fail, and nothing changes', async () => {
      const here = place()
      await written(here, [knownPeer(1)])
      const tooMany = Array.from({ length: limits.knownPeersMax + 1 }, (_, number) => knownPeer(number))
      await expect(written(here, tooMany)).rejects.toThrow('257 known peers are more than 256')
      expect(here.open().read()).toEqual([knownPeer(1)])
    })
  })
}
