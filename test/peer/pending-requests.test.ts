import { describe, expect, test } from 'vitest'
import { RefusedError } from '../../src/net/codec.ts'
import type { BookReply, RequestId } from '../../src/peer/decide/event.ts'
import { PendingRequests, requestIds } from '../../src/peer/pending-requests.ts'

const reply: BookReply = { type: 'cursor', cursor: null }

/** Two places, and what became of each request that was asked. */
function given() {
  const requests = new PendingRequests(2, requestIds())
  const ask = (scope: string, send: (requestId: RequestId) => void = () => undefined) => {
    const notes: unknown[] = []
    const sent: RequestId[] = []
    const asked = requests.ask(scope, requestId => {
      sent.push(requestId)
      send(requestId)
    })
    const subscription = asked.subscribe({
      next: value => notes.push(value),
      error: error => notes.push(error instanceof RefusedError ? `${error.reason}: ${error.message}` : error),
      complete: () => notes.push('complete'),
    })
    return { notes, sent, subscription }
  }
  return { requests, ask }
}

describe('pending requests', () => {
  test('the reply goes to who asked, and the place is free again', () => {
    const { requests, ask } = given()
    const [one, two] = [ask('A'), ask('A')]
    expect([one.sent, two.sent, requests.size]).toEqual([[1], [2], 2])
    requests.resolve(2, reply)
    expect([one.notes, two.notes, requests.size]).toEqual([[], [reply, 'complete'], 1])
  })

  test('a reply that comes while the request is being sent arrives', () => {
    const { requests, ask } = given()
    const { notes } = ask('A', requestId => requests.resolve(requestId, reply))
    expect([notes, requests.size]).toEqual([[reply, 'complete'], 0])
  })

  test('beyond the bound the answer is busy at once, and nothing is sent', () => {
    const { requests, ask } = given()
    const [one] = [ask('A'), ask('A')]
    const late = ask('A')
    expect(late).toMatchObject({ notes: ['busy: 2 requests are pending; try again in a moment'], sent: [] })
    requests.resolve(one.sent[0]!, reply)
    expect(ask('A').notes).toEqual([])
  })

  test('a request that is refused fails with market_not_open, once', () => {
    const { requests, ask } = given()
    const { notes } = ask('A')
    requests.refuse(1, 'the market is not open at the moment')
    requests.refuse(1, 'again')
    requests.resolve(1, reply)
    expect(notes).toEqual(['market_not_open: the market is not open at the moment'])
    expect(requests.size).toBe(0)
  })

  test('when a book ends, all that wait for it are refused, and nobody else', () => {
    const { requests, ask } = given()
    const [one, two] = [ask('A'), ask('B')]
    requests.forsake('A', 'closed')
    expect([one.notes, two.notes, requests.size]).toEqual([['outcome_unknown: closed'], [], 1])
    requests.forsake('B', 'closed, too')
    expect(two.notes).toEqual(['outcome_unknown: closed, too'])
  })

  test('who leaves gives back the place, and the reply goes nowhere', () => {
    const { requests, ask } = given()
    const { notes, subscription } = ask('A')
    subscription.unsubscribe()
    expect(requests.size).toBe(0)
    requests.resolve(1, reply)
    expect(notes).toEqual([])
  })

  test('a reply to a request that nobody knows is ignored', () => {
    const { requests } = given()
    requests.resolve(7, reply)
    requests.refuse(7, 'unknown')
    expect(requests.size).toBe(0)
  })

  test('asking again, by subscribing again, is another request', () => {
    const requests = new PendingRequests(2, requestIds())
    const sent: RequestId[] = []
    const asked = requests.ask('A', requestId => void sent.push(requestId))
    expect(sent).toEqual([])
    asked.subscribe()
    asked.subscribe()
    expect(sent).toEqual([1, 2])
  })

  test('a request that somebody asks when he is refused is refused by its own book alone', () => {
    const { requests, ask } = given()
    const again: unknown[] = []
    requests.ask('A', () => undefined).subscribe({ error: () => again.push(ask('B').notes) })
    requests.forsake('A', 'closed')
    expect([again, requests.size]).toEqual([[[]], 1])
  })

  test('ids count up from 1, each source for itself', () => {
    const [one, other] = [requestIds(), requestIds()]
    expect([one(), one(), other()]).toEqual([1, 2, 1])
  })
})
