/**
 * Hands the official frames to the hosted Stately Inspector in the frame of this page, once it has said that it is there, as the official
 * server's own page does; but to that origin only.
 */
import { limits } from '../../limits.ts'

const statelyOrigin = 'https://stately.ai'
const stately = document.querySelector('iframe')
/** Frames that have come before it was there. */
const waiting: unknown[] = []
let isThere = false

function hand(frame: unknown): void {
  if (isThere) stately?.contentWindow?.postMessage(frame, statelyOrigin)
  else if (waiting.length < limits.inspectFramesMax) waiting.push(frame)
}

window.addEventListener('message', ({ origin, source, data }: MessageEvent<{ readonly type?: unknown } | null>) => {
  if (origin !== statelyOrigin || source !== stately?.contentWindow || data?.type !== '@statelyai.connected') return
  isThere = true
  for (const frame of waiting.splice(0)) hand(frame)
})

new WebSocket(`ws://${location.host}/`).addEventListener('message', ({ data }) => hand(JSON.parse(String(data))))

// Only now: it says that it is there once, and must be heard.
if (stately) stately.src = `${statelyOrigin}/inspect`
