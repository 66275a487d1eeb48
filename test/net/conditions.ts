/** Waiting for something that a test can see, with a limit, in place of sleeping. */
import { lastValueFrom, type Observable } from 'rxjs'
import { TransportError } from '../../src/net/transport.ts'

export async function reached(
  isSo: () => boolean | Promise<boolean>,
  sentence: string,
  withinMs = 10_000,
): Promise<void> {
  if (!(await isReached(isSo, withinMs))) throw new Error(`not reached in ${withinMs} ms: ${sentence}`)
}

export async function isReached(isSo: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs
  while (!(await isSo())) {
    if (performance.now() > end) return false
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  return true
}

/** The reason of the TransportError with which a stream fails, or what happened in its place. */
export async function reasonOf(source$: Observable<unknown>): Promise<unknown> {
  try {
    return { completed: await lastValueFrom(source$) }
  } catch (error) {
    return error instanceof TransportError ? error.reason : error
  }
}
