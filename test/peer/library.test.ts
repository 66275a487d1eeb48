import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createPeer,
  startGrapes,
  type CreatePeerOptions,
  type OrderId,
  type OrderRequest,
  type Peer,
} from '../../src/index.ts'

const market = { symbol: 'X', tickSize: '1', lotSize: '1' }

describe('options that make no sense are refused with a sentence that names them', () => {
  test.each<[string, unknown, RegExp]>([
    ['none at all', undefined, /createPeer: The request/],
    ['no markets', { markets: [] }, /markets/],
    ['a market twice', { markets: [market, market] }, /a market is there twice/],
    ['a tick size that is a number', { markets: [{ ...market, tickSize: 0.01 }] }, /markets\.0\.tickSize/],
    ['a tick size of nothing', { markets: [{ ...market, tickSize: '0' }] }, /tick size/],
    ['grapes that are one text', { markets: [market], grapes: 'http://127.0.0.1:1' }, /grapes/],
    ['a peer without a port', { markets: [market], peers: ['foo'] }, /peers\.0: must be an address/],
    ['a key that is too short', { markets: [market], key: new Uint8Array(31) }, /key: must have 32 bytes/],
    ['a name with a line feed', { markets: [market], name: 'a\nb' }, /name/],
    ['a name without end', { markets: [market], name: 'x'.repeat(5_000) }, /name/],
    ['known peers that cannot be written', { markets: [market], knownPeers: 'a path' }, /knownPeers: must have read/],
    ['a word that nobody knows', { markets: [market], nmae: 'alice' }, /nmae/],
  ])('%s', async (_, options, sentence) => {
    await expect(createPeer(options as CreatePeerOptions)).rejects.toThrow(sentence)
  })

  test.each([0, -1, 2.5])('%d grapes', async count => {
    await expect(startGrapes({ count })).rejects.toThrow('it is a whole number, and a DHT needs 2 at least')
  })
})

describe('a peer', () => {
  let peer: Peer
  beforeAll(async () => {
    peer = await createPeer({ name: 'alice', markets: [market] })
  })
  afterAll(() => peer.stop())

  const order = { market: 'X', side: 'buy', price: '5', quantity: '1' } as const

  const inheriting = (own: object): object =>
    Object.assign(Object.create({ price: '5' }) as object, { market: 'X', side: 'buy', quantity: '1' }, own)

  test.each<[string, unknown, RegExp]>([
    ['no order at all', undefined, /The request/],
    ['a price that is a number', { ...order, price: 5 }, /price/],
    ['no quantity', { ...order, quantity: undefined }, /quantity/],
    ['an account that is a number', { ...order, account: 5 }, /account/],
    ['a client order id that is no text', { ...order, clientOrderId: {} }, /clientOrderId/],
    ['a word that nobody knows', { ...order, pirce: '5' }, /pirce/],
    ['such a word in place of one that is inherited', inheriting({ pirce: '5' }), /pirce/],
    ['what is no text beside a field that is inherited', inheriting({ trigger: 5 }), /trigger/],
  ])('refuses %s with a sentence that names it', async (_, request, sentence) => {
    expect(await peer.submit(request as OrderRequest)).toMatchObject({
      refused: true,
      reason: 'request_is_malformed',
      sentence: expect.stringMatching(sentence) as string,
    })
  })

  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /quantity/],
    ['a number', { quantity: 5 }, /quantity/],
    ['another price', { quantity: '1', price: '5' }, /price/],
  ])('does not amend an order to %s', async (_, change, sentence) => {
    const outcome = await peer.submit({ ...order, side: 'buy', quantity: '2' })
    if (!('order' in outcome)) throw new Error(outcome.sentence)
    const { id } = outcome.order
    expect(await peer.amend(id, change as { quantity: string })).toMatchObject({
      refused: true,
      reason: 'request_is_malformed',
      sentence: expect.stringMatching(sentence) as string,
    })
    expect(peer.book('X').order(id)).toMatchObject({ status: 'resting' })
  })

  test('does not cancel what is no order id', async () => {
    expect(await peer.cancel({} as OrderId)).toMatchObject({ reason: 'request_is_malformed' })
    expect(await peer.cancel('nonsense' as OrderId)).toMatchObject({ reason: 'order_unknown' })
  })

  test.each([
    [{ neighbours: -1, timeoutMs: 10 }, /neighbours is -1/],
    [{ neighbours: 0, timeoutMs: Number.POSITIVE_INFINITY }, /timeoutMs is Infinity/],
    [{ neighbours: 0, timeoutMs: 0 }, /timeoutMs is 0/],
  ])('is not asked to be ready for %o', async (options, sentence) => {
    await expect(peer.ready(options)).rejects.toThrow(sentence)
  })

  test('that has stopped is nobody’s neighbour, never ready and not started again', async () => {
    const other = await createPeer({ name: 'bob', markets: [market], peers: [peer.address] })
    await other.ready({ neighbours: 1, timeoutMs: 10_000 })
    await other.stop()
    await other.stop()
    expect(other.neighbours()).toEqual([])
    await expect(other.ready({ neighbours: 0, timeoutMs: 1_000 })).rejects.toThrow('bob has stopped')
    await expect(other.start()).rejects.toThrow('bob has stopped')
    expect(await other.submit({ market: 'X', side: 'buy', price: '5', quantity: '1' })).toMatchObject({ refused: true })
  })

  test('whose key another process uses halts', async () => {
    const key = new Uint8Array(32).fill(7)
    const older = await createPeer({ name: 'twin', markets: [market], key, peers: [peer.address] })
    await older.ready({ neighbours: 1, timeoutMs: 10_000 })
    const newer = await createPeer({ name: 'twin', markets: [market], key, peers: [peer.address] })
    await expect
      .poll(() => older.health().counters['own_key_used_by_another_process'] ?? 0, { timeout: 15_000 })
      .toBeGreaterThan(0)
    expect(older.health().failure).toContain('another process has begun later with the same key')
    expect(newer.health().failure).toBeNull()
    expect(await older.submit(order)).toMatchObject({ refused: true, reason: 'superseded' })
    await expect(older.ready({ neighbours: 0, timeoutMs: 1_000 })).rejects.toThrow('twin has halted')
    await Promise.all([older.stop(), newer.stop()])
  })
})
