/** Answers GET with the page's files and nothing else, and says what the page may do: load from here, talk to here. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pageFile, type PageFile } from './page-files.ts'
import { doorSentences, refusalAtDoor, targetOf } from './doors.ts'

/** Where the hosted inspector is; only the page that shows it may frame it. */
export const statelyOrigin = 'https://stately.ai'

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
]

type TurnAway = (status: number, reason: string, sentence: string) => void

/** `refused` hears the named reason of everything that is not served. */
export async function servePage(
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
  refused: (reason: string) => void,
): Promise<void> {
  const turnAway: TurnAway = (status, reason, sentence) => {
    refused(reason)
    refuse(response, status, sentence)
  }
  const atDoor = refusalAtDoor(request, port)
  const isReading = request.method === 'GET' || request.method === 'HEAD'
  if (atDoor) turnAway(403, atDoor, doorSentences[atDoor])
  else if (!isReading) turnAway(405, 'method_not_allowed', 'The inspector only answers GET.')
  else await answer(request, response, turnAway)
}

async function answer(request: IncomingMessage, response: ServerResponse, turnAway: TurnAway): Promise<void> {
  const { path } = targetOf(request)
  try {
    const file = await pageFile(path)
    if (file) give(response, file, path, request.method === 'HEAD')
    else turnAway(404, 'page_unknown', 'There is no such page.')
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error)
    turnAway(500, 'page_not_made', `The page cannot be made: ${sentence}`)
  }
}

function give(response: ServerResponse, { type, content }: PageFile, path: string, isHead: boolean): void {
  const policies = path === '/stately' ? [...policy, `frame-src ${statelyOrigin}`] : policy
  response.writeHead(200, {
    ...safeHeaders,
    'content-type': type,
    'content-security-policy': policies.join('; '),
  })
  response.end(isHead ? undefined : content)
}

const safeHeaders = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { ...safeHeaders, 'content-type': 'text/plain; charset=utf-8' })
  response.end(`${sentence}\n`)
}
