/** Known peers in a file: whole or not at all, and never in the place of something else. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import { KnownPeersFile } from '../../src/store/known-peers-file.ts'
import { knownPeer, knownPeersContract } from './known-peers-contract.ts'

let folder = ''
const told: string[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'known-peers-'))
  told.length = 0
})
afterEach(() => rmSync(folder, { recursive: true }))

const pathOf = (name: string) => join(folder, name)
const open = (path: string) => new KnownPeersFile(path, sentence => told.push(sentence))
const write = (path: string, ...numbers: readonly number[]) =>
  firstValueFrom(open(path).write(numbers.map(number => knownPeer(number))))

knownPeersContract('known peers in a file', () => ({ open: () => open(pathOf('peers')) }))

test('the file is text for people, for its owner alone, and nothing else is left in its folder', async () => {
  const path = pathOf('alice.key.peers')
  await write(path, 1, 2)
  const [first, second, ...others] = readFileSync(path, 'utf8').split('\n')
  expect(first).toBe('peerbook known peers: one a line, the most recently live first')
  expect(JSON.parse(second!)).toEqual(knownPeer(1))
  expect(others).toHaveLength(2)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['alice.key.peers'])
  expect(told).toEqual([])
})

test('what a crash has left half written beside it does no harm', async () => {
  const path = pathOf('peers')
  await write(path, 1)
  writeFileSync(`${path}.new`, 'peerbook known pe')
  expect(open(path).read()).toEqual([knownPeer(1)])
  await write(path, 2)
  expect(open(path).read()).toEqual([knownPeer(2)])
  expect(readdirSync(folder)).toEqual(['peers'])
})

const first = 'peerbook known peers: one a line, the most recently live first'
const line = JSON.stringify(knownPeer(1))
test.each([
  ['nothing', ''],
  ['a diary', 'dear diary\n'],
  ['a line without the first', `${line}\n`],
  ['a line cut short', `${first}\n${line.slice(0, -5)}`],
  ['a last line without its end', `${first}\n${line}`],
  ['a line that is no JSON', `${first}\nalice\n`],
  ['a peer without an address', `${first}\n${JSON.stringify({ ...knownPeer(1), address: undefined })}\n`],
  ['an address that is none', `${first}\n${JSON.stringify({ ...knownPeer(1), address: 'localhost' })}\n`],
  ['more than is known of a peer', `${first}\n${JSON.stringify({ ...knownPeer(1), age: 3 })}\n`],
  ['too many peers', `${first}\n${`${line}\n`.repeat(limits.knownPeersMax + 1)}`],
  ['far too much', `${first}\n${' '.repeat(limits.knownPeersBytesMax)}`],
])('a file that holds %s is told, set aside as it is, and not in the way', async (_, text) => {
  const path = pathOf('odd')
  writeFileSync(path, text)
  expect(open(path).read()).toEqual([])
  expect(told).toHaveLength(1)
  expect(told[0]).toContain(`'${path}' is not a file of known peers`)
  expect(told[0]).toContain(`kept as '${path}.broken'`)
  expect(readFileSync(`${path}.broken`, 'utf8')).toBe(text)
  await write(path, 2)
  expect(open(path).read()).toEqual([knownPeer(2)])
  expect(told).toHaveLength(1)
})

test('a directory in its place is told, left alone and never written over', async () => {
  const path = pathOf('directory')
  mkdirSync(path)
  const known = open(path)
  expect(known.read()).toEqual([])
  expect(told).toEqual([`The file of known peers '${path}' cannot be read: it is no file. The peer goes on without.`])
  await expect(firstValueFrom(known.write([knownPeer(1)]))).rejects.toThrow('is not replaced')
  expect(readdirSync(folder)).toEqual(['directory'])
})

test('a folder that has gone is told once, and again when it has worked in between', async () => {
  const path = join(pathOf('folder'), 'peers')
  const known = open(path)
  const fails = () => expect(firstValueFrom(known.write([knownPeer(1)]))).rejects.toMatchObject({ code: 'ENOENT' })
  await fails()
  await fails()
  expect(told).toEqual([
    `The file of known peers '${path}' cannot be written: its directory does not exist. The peer goes on without.`,
  ])
  mkdirSync(pathOf('folder'))
  await firstValueFrom(known.write([knownPeer(1)]))
  rmSync(pathOf('folder'), { recursive: true })
  await fails()
  expect(told).toHaveLength(2)
})

test('rights that the owner gave the file by hand are its own again after the next writing', async () => {
  const path = pathOf('peers')
  await write(path, 1)
  chmodSync(path, 0o644)
  await write(path, 2)
  expect(statSync(path).mode & 0o777).toBe(0o600)
})
