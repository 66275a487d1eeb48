/** The hub as viewers, feeders and strangers meet it, on real sockets. */
import { request, type IncomingMessage } from 'node:http'
import { networkInterfaces } from 'node:os'
import { connect } from 'node:net'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import type { ViewerCommand } from '../../src/inspect/frame.ts'
import type { Hub, HubOptions } from '../../src/inspect/hub.ts'
import { limits } from '../../src/limits.ts'
import { actor, Client, news, openHub, snapshot } from './given.ts'

let hub: Hub
afterEach(() => hub.close())

async function given(options: Partial<HubOptions> = {}): Promise<Hub> {
  hub = await openHub(options)
  return hub
}

test('a viewer who comes late is sent what one who was there from the start was sent', async () => {
  await given()
  const early = await Client.viewer(hub).opened()
  for (let number = 1; number <= 500; number += 1) hub.show(news(`line ${number}`))
  await early.until(frames => frames.length === 500)
  const late = Client.viewer(hub)
  await late.until(frames => frames.length === 500)
  expect(late.texts).toEqual(early.texts)
  expect(late.frames[41]).toEqual({ seq: 42, atMs: 0, type: '@peerbook.news', text: 'line 42' })
})

test('who says nothing about itself gets the official frames alone, without what is ours', async () => {
  await given()
  hub.show(news('a line'))
  hub.show(actor('x:0', 'alice'))
  hub.show(snapshot('x:0', 'open'))
  const official = new Client(hub, '')
  const frames = await official.until(all => all.length === 2)
  expect(frames.map(({ type }) => type)).toEqual(['@xstate.actor', '@xstate.snapshot'])
  expect(Object.keys(frames[0]!)).not.toContain('seq')
})

test('a viewer commands; what is no command cuts it off', async () => {
  const commands: ViewerCommand[] = []
  await given({ commanded: command => commands.push(command) })
  const viewer = await Client.viewer(hub).opened()
  for (const command of [{ type: 'pause' }, { type: 'speed', speed: 2 }, { type: 'step' }, { type: 'resume' }])
    viewer.socket.send(JSON.stringify(command))
  viewer.socket.send('{"type":"speed","speed":1e9}')
  expect(await viewer.closed()).toEqual({ code: 1008, reason: 'command_malformed' })
  expect(commands.map(({ type }) => type)).toEqual(['pause', 'speed', 'step', 'resume'])
  expect(hub.counters).toEqual({ command_malformed: 1 })
})

test('a command that is too large cuts its viewer off, and nobody else', async () => {
  await given()
  const [loud, quiet] = [await Client.viewer(hub).opened(), await Client.viewer(hub).opened()]
  loud.socket.send('x'.repeat(limits.inspectCommandBytesMax + 1))
  expect((await loud.closed()).code).toBe(1009)
  hub.show(news('still here'))
  await quiet.until(frames => frames.length === 1)
  expect(hub.counters).toEqual({ message_too_large: 1 })
})

test('pages of other origins and names of other hosts are turned away', async () => {
  await given()
  expect(await new Client(hub, '?role=viewer', { origin: 'https://evil.example' }).turnedAway()).toBe(403)
  expect(await new Client(hub, '', { origin: 'null' }).turnedAway()).toBe(403)
  const rebound = new Client(hub, '?role=viewer', { headers: { host: `evil.example:${hub.port}` } })
  expect(await rebound.turnedAway()).toBe(403)
  expect(await statusOf({ host: `evil.example:${hub.port}` }, '/')).toBe(403)
  expect(hub.counters).toEqual({ host_not_allowed: 2, origin_not_allowed: 2 })
  await new Client(hub, '?role=viewer', { origin: `http://localhost:${hub.port}` }).opened()
})

test('there is no page but its own, no way out of its folder, and nothing but GET', async () => {
  await given()
  const host = { host: `127.0.0.1:${hub.port}` }
  for (const path of [
    '/package.json',
    '/web/../hub.ts',
    '/web/..%2fhub.ts',
    '/web/elkjs/../package.json',
    '//',
    '/web/',
  ])
    expect([path, await statusOf(host, path)]).toEqual([path, 404])
  expect(await statusOf(host, '/', 'POST')).toBe(405)
  expect(await statusOf(host, '/web/elkjs/elk-api.js')).toBe(200)
  expect(await new Client(hub, 'elsewhere?role=viewer').turnedAway()).toBe(404)
  expect(hub.counters).toEqual({ method_not_allowed: 1, page_unknown: 7 })
})

test('the page may load nothing from elsewhere, and no page may frame it', async () => {
  await given()
  const [, headers] = await answerTo({ host: `localhost:${hub.port}` }, '/web/elkjs/elk-api.js')
  expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'")
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  expect(headers['access-control-allow-origin']).toBeUndefined()
  expect(headers['x-content-type-options']).toBe('nosniff')
})

test('it listens on loopback only', async () => {
  await given()
  const outside = Object.values(networkInterfaces()).flatMap(all => all ?? [])
  for (const { address, internal, family } of outside) {
    if (internal || family !== 'IPv4') continue
    const socket = connect(hub.port, address)
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
    expect(error.code).toBe('ECONNREFUSED')
  }
  expect(hub.url).toBe(`http://127.0.0.1:${hub.port}/`)
})

test('one viewer too many is turned away; when one leaves there is room again', async () => {
  await given()
  const viewers = await Promise.all(Array.from({ length: limits.inspectViewersMax }, () => Client.viewer(hub).opened()))
  expect(await Client.viewer(hub).turnedAway()).toBe(503)
  expect(hub.counters).toEqual({ too_many_connections: 1 })
  viewers[0]!.socket.terminate()
  await viewers[0]!.closed()
  hub.show(news('once more'))
  await viewers[1]!.until(frames => frames.length === 1)
  await Client.viewer(hub).opened()
})

test('a viewer that does not read is cut off once what it has not read is forgotten; others get everything', async () => {
  await given()
  const [slow, quick] = [await Client.viewer(hub).opened(), await Client.viewer(hub).opened()]
  slow.socket.pause()
  const text = 'x'.repeat(100_000)
  const count = Math.ceil(limits.inspectBytesMax / text.length) + 300
  let arrived = 0
  quick.socket.removeAllListeners('message')
  const all = new Promise<void>(resolve => quick.socket.on('message', () => (arrived += 1) === count - 1 && resolve()))
  for (let number = 0; number < count; number += 1) {
    hub.show(news(text))
    if (number % 5 === 0) await new Promise(resolve => setImmediate(resolve))
    while (number - arrived > 100) await new Promise(resolve => setImmediate(resolve))
  }
  await all
  expect(hub.counters).toEqual({ viewer_too_slow: 1 })
  slow.socket.resume()
  expect((await slow.closed()).code).toBe(1006)
})

test('a frame that is too large is counted and not shown', async () => {
  await given()
  hub.show(news('x'.repeat(limits.inspectFrameBytesMax)))
  hub.show(news('short'))
  const viewer = Client.viewer(hub)
  const frames = await viewer.until(shown => shown.length === 1)
  expect(frames[0]).toMatchObject({ seq: 1, text: 'short' })
  expect(hub.counters).toEqual({ frame_too_large: 1 })
})

test('a port in use is a sentence', async () => {
  await given()
  await expect(openHub({ port: hub.port })).rejects.toThrow(
    `The port ${hub.port} is in use; give another one with --port.`,
  )
})

async function statusOf(headers: Record<string, string>, path: string, method = 'GET'): Promise<number | undefined> {
  const [status] = await answerTo(headers, path, method)
  return status
}

async function answerTo(headers: Record<string, string>, path: string, method = 'GET') {
  const asking = request({ host: '127.0.0.1', port: hub.port, path, method, headers, agent: false })
  asking.end()
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  response.resume()
  await once(response, 'end')
  return [response.statusCode, response.headers] as const
}
