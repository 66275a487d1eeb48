/** Hands what was recorded to the reader as a file that `npm run inspect -- --open FILE` shows again. */
import type { Frame } from '../frame.ts'
import { html } from './element.ts'

export function saveRecording(frames: readonly Frame[]): void {
  const lines = [{ type: '@peerbook.recording', version: 1 }, ...frames].map(line => `${JSON.stringify(line)}\n`)
  const url = URL.createObjectURL(new Blob(lines, { type: 'application/x-ndjson' }))
  html('a', { href: url, download: 'peerbook.recording' }).click()
  URL.revokeObjectURL(url)
}
