/** Situations of orders that trade a minimum at once or nothing, over one maker or several. */
import type { OrderId, PeerId } from '../../book/order.ts'
import type { Batch } from '../../net/messages.ts'
import type { Fact } from '../../peer/decide/fact.ts'
import { nameAt } from '../said.ts'
import type { BatchFile, Happening } from './scene.ts'
import type { SpottedSituation, Spotter, Surroundings } from './spotter.ts'

function isOfGroup({ batch }: BatchFile): boolean {
  return batch.minimum > 0 && batch.last === null
}

function isAskedByTaker({ taker }: BatchFile, { message }: Happening<'arrived'>): boolean {
  return nameAt(message.from) === taker
}

/** Attempts that are under way, with the makers that they need, by order. */
function watchAttempts(
  isSeen: (attempt: Fact & { type: 'attempt' }, makers: number, isFilled: boolean) => boolean,
): Spotter {
  const attempts = new Map<OrderId, Fact & { type: 'attempt' }>()
  const makers = new Map<OrderId, Set<PeerId>>()
  return {
    fact: fact => {
      if (fact.type === 'attempt') attempts.set(fact.orderId, fact)
      if (fact.type === 'intent' && fact.batch.minimum > 0) noteMaker(makers, fact.batch)
      if (fact.type !== 'attempt_decided') return false
      const attempt = attempts.get(fact.orderId)
      return attempt !== undefined && isSeen(attempt, makers.get(fact.orderId)?.size ?? 0, fact.isFilled)
    },
  }
}

function noteMaker(makers: Map<OrderId, Set<PeerId>>, { maker, proposals }: Batch): void {
  for (const { orderId } of proposals) makers.set(orderId, (makers.get(orderId) ?? new Set()).add(maker))
}

/** What is held at the moment, at all peers. */
class Held {
  readonly batches = new Map<string, { readonly batch: Batch; readonly body: string }>()

  has(orderId: OrderId): boolean {
    return [...this.batches.values()].some(({ batch }) => batch.proposals.some(one => one.makerOrderId === orderId))
  }

  note(fact: Fact): void {
    if (fact.type === 'held') this.batches.set(fact.hash, { batch: fact.batch, body: fact.signed.body })
    if (fact.type === 'hold_ended') this.batches.delete(fact.hash)
  }
}

/** `isSeen` looks before the fact counts. */
function watchHeld(isSeen: (held: Held, fact: Fact) => boolean, more: (held: Held) => Spotter = () => ({})): Spotter {
  const held = new Held()
  return {
    ...more(held),
    fact: fact => {
      const isThis = isSeen(held, fact)
      held.note(fact)
      return isThis
    },
  }
}

const inNoFact = (): boolean => false

export const situationsOfGroups: readonly SpottedSituation[] = [
  {
    name: 'group_filled_by_one',
    sentence: 'An order that is all or nothing is filled by one maker.',
    watch: () =>
      watchAttempts(({ last, own }, makers, isFilled) => isFilled && last !== null && makers === 1 && own.length === 0),
  },
  {
    name: 'group_filled_by_several',
    sentence: 'An order that is all or nothing is filled by several makers together.',
    watch: () => watchAttempts((_, makers, isFilled) => isFilled && makers > 1),
  },
  {
    name: 'group_filled_with_own',
    sentence: "An order that is all or nothing is filled by its own peer's orders and another maker together.",
    watch: () => watchAttempts(({ last, own }, _, isFilled) => isFilled && last !== null && own.length > 0),
  },
  {
    name: 'group_refused_by_holder',
    sentence: 'A maker that was to hold cannot give what is asked of it, and the attempt is given up.',
    watch: () => ({
      decided: (decision, _, { batch }) =>
        batch.last !== null &&
        'refused' in decision &&
        !['withdrawn', 'refused_by_last_maker'].includes(decision.refused),
    }),
  },
  {
    name: 'group_refused_by_last',
    sentence: 'All others hold, and the last maker cannot give what is asked of it.',
    watch: (): Spotter => {
      const last = new Set<string>()
      return {
        fact: fact => {
          if (fact.type === 'intent' && fact.batch.last) last.add(fact.batch.last.body)
          return false
        },
        decided: (decision, _, file) =>
          isOfGroup(file) &&
          'refused' in decision &&
          decision.refused !== 'withdrawn' &&
          last.has(JSON.stringify(file.batch)),
      }
    },
  },
  {
    name: 'below_minimum',
    sentence: 'A maker has less than the least that is asked of it, and gives nothing.',
    watch: () => ({ decided: decision => 'refused' in decision && decision.refused === 'below_minimum' }),
  },
  {
    name: 'group_given_up',
    sentence: 'A taker calls off at the last maker what it has never proposed there.',
    watch: () => ({
      asked: (file, type, event) =>
        type === 'withdraw' && isOfGroup(file) && file.proposes === 0 && isAskedByTaker(file, event),
    }),
  },
  {
    name: 'group_given_up_after_crash',
    sentence: 'A taker that has crashed while others held comes back and asks the last maker what has become of it.',
    watch: ({ scene }) => ({
      asked: (file, type, event) =>
        type === 'withdraw' &&
        isOfGroup(file) &&
        file.takerLife < scene.lifeOf(file.taker) &&
        isAskedByTaker(file, event),
    }),
  },
  {
    name: 'holder_asks_last_maker',
    sentence: 'A maker that holds for long asks the last maker itself.',
    watch: () => ({
      asked: (file, type, event) => type === 'withdraw' && isOfGroup(file) && !isAskedByTaker(file, event),
    }),
  },
  {
    name: 'hold_repeated',
    sentence: 'A maker that holds is asked again, and says again that it does.',
    watch: () =>
      watchHeld(inNoFact, ({ batches }) => ({
        asked: ({ batch }) =>
          batch.last !== null && [...batches.values()].some(({ body }) => body === JSON.stringify(batch)),
      })),
  },
  {
    name: 'hold_ended_after_restart',
    sentence: 'A maker that has crashed while it held comes back, and the hold ends.',
    watch: ({ scene }: Surroundings): Spotter => {
      const lives = new Map<string, number>()
      return {
        fact: (fact, { peer }) => {
          if (fact.type === 'held') lives.set(fact.hash, scene.lifeOf(peer))
          return fact.type === 'hold_ended' && (lives.get(fact.hash) ?? 0) < scene.lifeOf(peer)
        },
      }
    },
  },
  {
    name: 'hold_ended_without_taker',
    sentence: 'A hold ends while its taker is gone.',
    watch: ({ scene }) =>
      watchHeld(({ batches }, fact) => {
        const held = fact.type === 'hold_ended' ? batches.get(fact.hash) : undefined
        return held !== undefined && scene.gone.has(scene.nameOf(held.batch.taker))
      }),
  },
  {
    name: 'refused_while_held',
    sentence: 'Somebody else wants what is held for a taker, and is refused.',
    watch: () =>
      watchHeld(inNoFact, held => ({
        decided: (decision, { makerOrderId }) =>
          'refused' in decision && decision.refused === 'nothing_available' && held.has(makerOrderId),
      })),
  },
  {
    name: 'ended_while_held',
    sentence: 'A user cancels an order, or its time comes, while lots of it are held for a taker.',
    watch: () => watchHeld((held, fact) => fact.type === 'closing' && held.has(fact.orderId)),
  },
  {
    name: 'rests_after_its_minimum',
    sentence: 'An order that may rest has traded its minimum at once, and the remainder stays in the market.',
    watch: ({ scene }) => ({
      fact: fact => {
        if (fact.type !== 'attempt_decided' || !fact.isFilled) return false
        const order = scene.orders.get(fact.orderId)
        return order !== undefined && order.isPlaced && order.left > 0
      },
    }),
  },
]
