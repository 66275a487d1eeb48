/** Key files: made once, read ever after, refused when they are not what they should be. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openKeyFile } from '../../src/store/key-file.ts'

const secret = Uint8Array.from({ length: 32 }, (_, index) => index)
const notAsked = (): Uint8Array => {
  throw new Error('no secret is drawn for a file that is there')
}

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'key-file-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a file that is missing is made for its owner alone, and read the next time', () => {
  const path = join(folder, 'alice.key')
  expect(openKeyFile(path, () => secret)).toEqual({ secret, isNew: true })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const [first, second] = readFileSync(path, 'utf8').split('\n')
  expect(first).toContain('peerbook secret key')
  expect(second).toBe(Buffer.from(secret).toString('hex'))
  const again = openKeyFile(path, notAsked)
  expect(again).toEqual({ secret: Buffer.from(secret), isNew: false })
})

test.each(['644', '640', '604', '660'])('a file of mode %s is refused, since others may read it', mode => {
  const path = join(folder, 'open.key')
  openKeyFile(path, () => secret)
  chmodSync(path, mode)
  const refusal = openKeyFile(path, notAsked)
  expect(refusal).toMatchObject({ reason: 'key_file_is_open_to_others' })
  expect(refusal).toHaveProperty('sentence', expect.stringContaining(`mode ${mode}`))
})

test.each([
  ['nothing', ''],
  ['other words', 'a diary\n'.repeat(3)],
  ['a key without its first line', `${'ab'.repeat(32)}\n`],
  ['a first line alone', 'peerbook secret key: 32 bytes in hexadecimal, to be shown to nobody\n'],
  ['a key cut short', `peerbook secret key: 32 bytes in hexadecimal, to be shown to nobody\n${'ab'.repeat(31)}\n`],
  ['a key and more', `peerbook secret key: 32 bytes in hexadecimal, to be shown to nobody\n${'ab'.repeat(32)}\nx`],
  ['far too much', 'a'.repeat(100_000)],
])('a file that holds %s is refused and stays as it is', (_, text) => {
  const path = join(folder, 'odd.key')
  writeFileSync(path, text, { mode: 0o600 })
  expect(openKeyFile(path, notAsked)).toMatchObject({ reason: 'key_file_is_malformed' })
  expect(readFileSync(path, 'utf8')).toBe(text)
})

test('a directory, a missing directory and a link that leads nowhere are refused with a sentence', () => {
  mkdirSync(join(folder, 'directory'))
  symlinkSync(join(folder, 'nowhere'), join(folder, 'link'))
  expect(openKeyFile(join(folder, 'directory'), notAsked)).toMatchObject({ reason: 'key_file_is_malformed' })
  expect(openKeyFile(join(folder, 'missing', 'a.key'), () => secret)).toMatchObject({
    reason: 'key_file_cannot_be_made',
    sentence: expect.stringContaining('its directory does not exist') as string,
  })
  expect(openKeyFile(join(folder, 'link'), () => secret)).toMatchObject({ reason: 'key_file_cannot_be_made' })
})
