/** What a viewer asks for, read and checked. */
import * as z from 'zod'
import { limits } from '../limits.ts'
import type { ViewerCommand } from './frame.ts'

const command = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('pause') }),
  z.strictObject({ type: z.literal('resume') }),
  z.strictObject({ type: z.literal('step') }),
  z.strictObject({
    type: z.literal('speed'),
    speed: z.number().min(limits.inspectSpeedMin).max(limits.inspectSpeedMax),
  }),
]) satisfies z.ZodType<ViewerCommand>

/** Null when it is none. */
export function readViewerCommand(text: string): ViewerCommand | null {
  try {
    return command.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
