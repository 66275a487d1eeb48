/** Situations of peers that die, and of a network that fails. */
import type { Signed } from '../../feed/signer.ts'
import { millisecondsOf, type Stamp } from '../../feed/hybrid-clock.ts'
import { limits } from '../../limits.ts'
import type { JournalRecord } from '../../peer/decide/group.ts'
import type { NeighbourView } from '../../peer/neighbourhood.ts'
import { nameAt } from '../said.ts'
import { ownerIn, type Happening, type Scene } from './scene.ts'
import type { SpottedSituation, Spotter, Surroundings } from './spotter.ts'

type FactType = JournalRecord['facts'][number]['type']

function losesA(scene: Scene, type: FactType, { peer, market }: Happening<'lost'>): boolean {
  return scene.pendingOf(peer, market).some(({ facts }) => facts.some(fact => fact.type === type))
}

function segmentsIn({ said: { request, reply } }: Happening<'arrived'>): readonly Signed[] {
  return (request?.['segments'] ?? reply?.['segments'] ?? []) as readonly Signed[]
}

/** Read from the text: most segments are of no interest here. */
function stampMsOf({ body }: Signed): number {
  const stamp = /"stamp":"([0-9a-f]{20})"/.exec(body)?.[1]
  return stamp === undefined ? 0 : millisecondsOf(stamp as Stamp)
}

function isAhead({ scene, wallMs }: Surroundings, event: Happening<'arrived'>): boolean {
  if (!scene.hasSkew) return false
  const dueMs = wallMs(nameAt(event.message.to)) + limits.clockAheadMsMax
  return segmentsIn(event).some(signed => stampMsOf(signed) > dueMs)
}

/** What the DHT has found for somebody, without that one itself. */
function othersIn({ message }: Happening<'arrived'>): readonly string[] {
  const addresses = message.payload.split(' ').filter(address => address !== '')
  return addresses.filter(address => address !== message.to).map(nameAt)
}

/** A peer announces itself as soon as it begins; after so long everybody should be found. */
const announcedMs = 2_000

function isAnnounced({ startedAtMs, gone, atMs }: Scene, name: string): boolean {
  const sinceMs = startedAtMs.get(name)
  return sinceMs !== undefined && !gone.has(name) && atMs - sinceMs > announcedMs
}

function watchSuspects({ onstage }: Surroundings): Spotter {
  const suspects = new Set<string>()
  const look = (name: string, { peerId, state }: NeighbourView): boolean => {
    const key = `${name} ${peerId}`
    if (state === 'suspect') suspects.add(key)
    // On its way back it may be syncing first.
    return (state === 'live' || state === 'unavailable') && suspects.delete(key) && state === 'live'
  }
  return {
    looked: () => {
      const seen = onstage().flatMap(({ name, peer }) => peer.neighbours().map(one => look(name, one)))
      return seen.includes(true)
    },
  }
}

export const situationsOfFailures: readonly SpottedSituation[] = [
  {
    name: 'maker_crashed_before_reply',
    sentence: 'A maker dies when its decision is durable and nobody has heard of it.',
    watch: ({ scene }) => ({ happened: { ended: ({ peer }) => (scene.untold.get(peer)?.size ?? 0) > 0 } }),
  },
  {
    name: 'decision_lost_with_tail',
    sentence: "A maker's decision is lost with the tail of its journal.",
    watch: ({ scene }) => ({ happened: { lost: event => losesA(scene, 'answered', event) } }),
  },
  {
    name: 'order_lost_with_tail',
    sentence: 'An order is lost with the tail of a journal before its user has an answer.',
    watch: ({ scene }) => ({ happened: { lost: event => losesA(scene, 'accepted', event) } }),
  },
  {
    name: 'intent_lost_with_tail',
    sentence: 'A proposal is lost with the tail of a journal before it has left.',
    watch: ({ scene }) => ({ happened: { lost: event => losesA(scene, 'intent', event) } }),
  },
  {
    name: 'ioc_lapsed_on_recovery',
    sentence: 'What a crash has left of an ioc order lapses when its peer comes back.',
    watch: ({ scene }) => ({
      fact: (fact, { peer }) => {
        const order = fact.type === 'lapsed' ? scene.orders.get(fact.orderId) : undefined
        return order?.order.timeInForce === 'ioc' && order.life < scene.lifeOf(peer)
      },
    }),
  },
  {
    name: 'gap_read_from_third',
    sentence: "What is missing of an owner's feed is read from somebody else.",
    watch: ({ scene }) => ({
      happened: {
        arrived: ({ message, said: { reply } }) => {
          const owner = reply && ownerIn(reply)
          return owner ? scene.nameOf(owner) !== nameAt(message.from) : false
        },
      },
    }),
  },
  {
    name: 'newcomer_read_checkpoint',
    sentence: 'A newcomer reads a checkpoint, and nothing from before.',
    watch: ({ scene }) => ({
      happened: {
        arrived: event => {
          const startedAtMs = scene.startedAtMs.get(nameAt(event.message.to)) ?? 0
          return segmentsIn(event).some(({ body }) => (scene.checkpoints.get(body) ?? startedAtMs) < startedAtMs)
        },
      },
    }),
  },
  {
    name: 'segment_from_the_future',
    sentence: 'A segment is stamped so far ahead that it has to wait.',
    watch: surroundings => ({ happened: { arrived: event => isAhead(surroundings, event) } }),
  },
  {
    name: 'suspect_came_back',
    sentence: 'A neighbour that had missed beats is live again.',
    watch: watchSuspects,
  },
  {
    name: 'forgery_refused',
    sentence: 'Somebody alters what another peer says, and it is refused.',
    watch: () => ({ happened: { sent: ({ said: { refused } }) => refused?.reason === 'signature_wrong' } }),
  },
  {
    name: 'paused_longer_than_silence',
    sentence: 'A process stands still until its neighbours have given it up.',
    watch: () => ({ happened: { fault: ({ text }) => pauseMsIn(text) > limits.silenceMsMax } }),
  },
  {
    name: 'lookup_found_nobody',
    sentence: 'A lookup finds nobody, though others have been there for long.',
    watch: ({ scene }) => ({
      happened: {
        arrived: event =>
          event.message.kind === 'found' &&
          othersIn(event).length === 0 &&
          [...scene.startedAtMs.keys()].some(name => name !== nameAt(event.message.to) && isAnnounced(scene, name)),
      },
    }),
  },
  {
    name: 'lookup_found_stranger',
    sentence: 'A lookup finds an address at which there has never been a peer.',
    watch: ({ scene }) => ({
      happened: {
        arrived: event => event.message.kind === 'found' && othersIn(event).some(name => !scene.startedAtMs.has(name)),
      },
    }),
  },
  {
    name: 'lookup_found_the_dead',
    sentence: 'A lookup finds a peer that has gone.',
    watch: ({ scene }) => ({
      happened: {
        arrived: event => event.message.kind === 'found' && othersIn(event).some(name => scene.gone.has(name)),
      },
    }),
  },
]

/** Of `pause bob 5s`; 0 of any other fault. */
function pauseMsIn(text: string): number {
  const [, count, unit] = /^pause \S+ (\d+)(ms|s|m|h)$/.exec(text) ?? []
  return Number(count ?? 0) * ({ ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit ?? 'ms'] ?? 0)
}
