/** The two parsers of the wire, for any bytes and any JSON: they never throw, and admit exactly what they say. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isAddress, splitAddress } from '../../src/net/grenache/address.ts'
import { embedded } from '../../src/net/grenache/embedding.ts'
import { parseReply } from '../../src/net/grenache/reply-parser.ts'
import { parseRequest } from '../../src/net/grenache/request-parser.ts'

const bytes = fc.uint8Array({ maxLength: 200 }).map(array => Buffer.from(array))
const json = fc.oneof(
  fc.json(),
  fc.array(fc.oneof(fc.constant('rid'), fc.jsonValue()), { maxLength: 4 }).map(array => JSON.stringify(array)),
)
const bodies = fc.oneof(
  bytes,
  json.map(text => Buffer.from(text)),
)
const text = fc.string({ unit: 'binary' })
const isShortText = (value: unknown): boolean => typeof value === 'string' && value !== '' && value.length <= 64
/** What a payload or a result leaves a parser as. */
const asText = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? JSON.stringify(value) : value

describe('the parsers of the wire', () => {
  test('a request of three texts is read as it was written', () => {
    fc.assert(
      fc.property(text.filter(isShortText), text, text, (rid, key, payload) => {
        expect(parseRequest(Buffer.from(JSON.stringify([rid, key, payload])))).toEqual({ rid, key, payload })
      }),
    )
  })

  test('any text comes out as it was put in, with the look of an object or without', () => {
    const objects = fc.oneof(
      fc.jsonValue().map(value => JSON.stringify({ value })),
      text.map(within => `{${within}}`),
      fc.constantFrom('{}', '{', '}', '{}]', '[{}', '{}}', '{"a":1},{"b":2}', '{\ud800}'),
    )
    fc.assert(
      fc.property(fc.oneof(objects, text), said => {
        const request = Buffer.from(`["rid","key",${embedded(said)}]`)
        expect(parseRequest(request)).toEqual({ rid: 'rid', key: 'key', payload: said })
        const reply = Buffer.from(`["rid",null,${embedded(said)}]`)
        expect(parseReply(reply, 'rid')).toEqual({ kind: 'result', result: said })
      }),
      { numRuns: 500 },
    )
  })

  test('an object that is spelt otherwise is its JSON', () => {
    expect(parseRequest(Buffer.from('["rid", "key", { "a": [1, {}] }]'))).toEqual({
      rid: 'rid',
      key: 'key',
      payload: '{"a":[1,{}]}',
    })
    const reply = Buffer.from('["rid", null, { "a": [1, {}] }]')
    expect(parseReply(reply, 'rid')).toEqual({ kind: 'result', result: '{"a":[1,{}]}' })
  })

  test('what is nested more deeply than can be written is refused by name, and a rid with a control character is no rid', () => {
    const deep = `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`
    const request = parseRequest(Buffer.from(` ["rid","key",${deep}]`))
    expect(request).toEqual({ rid: 'rid', refusal: 'request_payload_not_text' })
    expect(parseReply(Buffer.from(` ["rid",null,${deep}]`), 'rid').kind).toBe('malformed')
    expect(parseReply(Buffer.from(`["rid",${deep},null]`), 'rid').kind).toBe('malformed')
    expect(parseRequest(Buffer.from('["r\nid","key",{}]'))).toEqual({ rid: null, refusal: 'request_unparsable' })
  })

  test('any other request is refused by name', () => {
    fc.assert(
      fc.property(bodies, body => {
        const parsed = parseRequest(body)
        if ('refusal' in parsed) return
        const [rid, key, payload, ...more] = JSON.parse(body.toString()) as unknown[]
        expect(parsed).toEqual({ rid, key, payload: asText(payload) })
        expect([isShortText(rid), typeof key, more]).toEqual([true, 'string', []])
      }),
    )
  })

  test('a reply to our request is read as it was written', () => {
    fc.assert(
      fc.property(text, result => {
        expect(parseReply(Buffer.from(JSON.stringify(['rid', null, result])), 'rid')).toEqual({
          kind: 'result',
          result,
        })
      }),
    )
  })

  test('any other reply is an error or malformed', () => {
    fc.assert(
      fc.property(bodies, body => {
        const parsed = parseReply(body, 'rid')
        const [, , result] = parsed.kind === 'result' ? (JSON.parse(body.toString()) as unknown[]) : []
        if (parsed.kind === 'result') expect(['rid', null, asText(result)]).toEqual(['rid', null, parsed.result])
        else expect(parsed.kind).toMatch(/^(error|malformed)$/)
      }),
    )
  })

  test('whatever passes for an address can be taken apart into a host and a port', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.tuple(fc.domain(), fc.nat(99_999)).map(parts => parts.join(':')),
        ),
        rumour => {
          if (!isAddress(rumour)) return
          const { host, port } = splitAddress(rumour)
          expect(new URL(`http://${rumour}/`).hostname).toBe(new URL(`http://${host}/`).hostname)
          expect(port).toBeGreaterThan(0)
          expect(port).toBeLessThanOrEqual(65_535)
        },
      ),
    )
  })
})
