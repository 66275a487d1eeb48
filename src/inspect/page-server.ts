/** Answers GET with the page's files and nothing else, and says what the page may do: load from here, talk to here. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pageFile, type PageFile } from './page-files.ts'
import { doorSentences, refusalAtDoor } from './doors.ts'

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

/** `refused` hears the named reason of everything that is not served. */
export async function servePage(
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
  refused: (reason: string) => void,
): Promise<void> {
  const atDoor = refusalAtDoor(request, port)
  if (atDoor) return refuse(response, 403, doorSentences[atDoor], () => refused(atDoor))
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return refuse(response, 405, 'The inspector only answers GET.', () => refused('method_not_allowed'))
  const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1')
  try {
    const file = await pageFile(pathname)
    if (!file) return refuse(response, 404, 'There is no such page.', () => refused('page_unknown'))
    give(response, file, pathname, request.method === 'HEAD')
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error)
    refuse(response, 500, `The page cannot be made: ${sentence}`, () => refused('page_not_made'))
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

function refuse(response: ServerResponse, status: number, sentence: string, count: () => void): void {
  count()
  response.writeHead(status, { ...safeHeaders, 'content-type': 'text/plain; charset=utf-8' })
  response.end(`${sentence}\n`)
}
