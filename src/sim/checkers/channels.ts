/** 4, 5 and 10: what goes through a channel is proposed once, decided in its order, and decided for what it is when it comes. */
import type { PeerId } from '../../book/order.ts'
import { millisecondsOf } from '../../feed/hybrid-clock.ts'
import type { Signed } from '../../feed/signer.ts'
import type { Answer, Batch, Decision } from '../../net/messages.ts'
import type { AnsweredBatch, Fact } from '../../peer/decide/fact.ts'
import { contentOf } from '../said.ts'
import { fine, unless, type Checker, type Found } from './checker.ts'
import { tradeKeyOf, type Exchange } from './exchange.ts'
import type { Ledger } from './ledger.ts'

type Answered = Fact & { type: 'answered' }

export function batchesAreProposedOnce(exchange: Exchange): Checker {
  return {
    invariant: 10,
    name: 'batchesAreProposedOnce',
    always: 'A batch is proposed once; after that its maker is only asked what became of it.',
    happened: {
      sent: ({ said: { request } }) => {
        if (request?.type !== 'propose') return fine
        const { batch } = request
        const asking = exchange.askings.in(batch)
        return unless(
          asking === undefined || asking.proposals <= 1,
          () => `${nameOfBatch(exchange, batch)} is proposed again`,
        )
      },
    },
  }
}

/** `batch 3 of alice to bob`. */
function nameOfBatch(exchange: Exchange, signed: unknown): string {
  const { n, taker, maker } = contentOf(signed as Signed) as Batch
  return `batch ${n} of ${exchange.nameOf(taker)} to ${exchange.nameOf(maker)}`
}

export function numbersAreDecidedInOrder(exchange: Exchange): Checker {
  /** The last batch that was decided, by the ledger of its maker and its taker. */
  const last = new Map<string, { readonly batch: AnsweredBatch; readonly isHeld: boolean }>()
  return {
    invariant: 10,
    name: 'numbersAreDecidedInOrder',
    always:
      'In a channel each number is decided once, and held at most once before; nothing is filled after a later one.',
    fact: (fact, { name, market }) => {
      if (fact.type !== 'answered') return fine
      const { batch } = fact
      const key = `${name} ${market.id} ${batch.taker}`
      const before = last.get(key)
      const { decisions } = contentOf(fact.answer) as Answer
      const isHeld = decisions.some(decision => 'held' in decision)
      if (before === undefined || isLater(batch, before.batch)) {
        last.set(key, { batch, isHeld })
        return fine
      }
      if (before.batch.hash === batch.hash && before.isHeld && !isHeld) {
        last.set(key, { batch, isHeld })
        return fine
      }
      if (batch.isGroup && isLater(before.batch, batch) && isKnownOutcome(exchange, batch.taker, decisions)) return fine
      return [`${name} decides batch ${batch.n} of ${exchange.nameOf(batch.taker)} after batch ${before.batch.n}`]
    },
  }
}

/** What a maker says of an all-or-nothing batch whose turn is over: what its feed has of it, or nothing. */
function isKnownOutcome(exchange: Exchange, taker: PeerId, decisions: readonly Decision[]): boolean {
  return decisions.every(decision => {
    const filled = exchange.tradeOf(tradeKeyOf(taker, decision.tradeId))?.maker?.quantity ?? 0
    return ('filled' in decision ? decision.filled : 0) === filled
  })
}

/** A taker that has lost its memory begins again at 1, in a new incarnation. */
function isLater(batch: AnsweredBatch, before: AnsweredBatch): boolean {
  if (batch.takerIncarnation !== before.takerIncarnation) return batch.takerIncarnation > before.takerIncarnation
  return batch.n > before.n
}

export function onlyWhatIsProposedIsFilled(exchange: Exchange): Checker {
  return {
    invariant: 10,
    name: 'onlyWhatIsProposedIsFilled',
    always: 'Nothing is filled of a batch that has only been withdrawn.',
    fact: (fact, { name }) => {
      const asking = fact.type === 'answered' ? exchange.askings.of(fact.batch.hash) : undefined
      if (fact.type !== 'answered' || !asking?.isWithdrawn || asking.proposedAtMs !== null) return fine
      const { decisions } = contentOf(fact.answer) as Answer
      return unless(
        !decisions.some(isFilled),
        () =>
          `${name} fills batch ${fact.batch.n} of ${exchange.nameOf(fact.batch.taker)}, which it has only been asked to withdraw`,
      )
    },
  }
}

function isFilled(decision: Decision): boolean {
  return 'filled' in decision
}

/** The maker's own clock counts, right or wrong. A timer that is late makes nothing last longer. */
export function timeIsOverWhenItIsOver(exchange: Exchange): Checker {
  return {
    invariant: 5,
    name: 'timeIsOverWhenItIsOver',
    always: 'An order whose time was over, by its own peer, before it was asked for is not filled.',
    fact: (fact, ledger) => (fact.type === 'answered' ? isInTime(exchange, fact, ledger) : fine),
  }
}

function isInTime(exchange: Exchange, { batch, answer }: Answered, ledger: Ledger): Found {
  const proposedAtMs = exchange.askings.of(batch.hash)?.proposedAtMs ?? null
  if (proposedAtMs === null) return fine
  const { decisions } = contentOf(answer) as Answer
  return decisions.filter(isFilled).flatMap(({ tradeId }) => {
    const filled = exchange.tradeOf(tradeKeyOf(batch.taker, tradeId))?.maker
    const tally = filled ? ledger.tallies.get(filled.orderId) : undefined
    const expiresAtMs = tally?.conditions.expiresAtMs ?? Infinity
    return unless(
      proposedAtMs < expiresAtMs,
      () => `${tally?.name} is filled by batch ${batch.n}, which came when its time was over`,
    )
  })
}

export function batchesAreLaterThanWhatTheyName(exchange: Exchange): Checker {
  return {
    invariant: 4,
    name: 'batchesAreLaterThanWhatTheyName',
    always: 'A batch is stamped later than the head of its maker that its taker had read.',
    fact: (fact, ledger) => {
      if (fact.type !== 'intent') return fine
      const { makerHead, stamp, n, maker } = fact.batch
      const read = exchange.headOf(makerHead.hash)
      return unless(
        read === undefined || stamp > read.stamp,
        () =>
          `${ledger.name} stamps batch ${n} ${millisecondsOf(read?.stamp ?? stamp) - millisecondsOf(stamp)} ms before what it had read of ${exchange.nameOf(maker)}`,
      )
    },
  }
}
