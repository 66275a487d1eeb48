/** Colours where a person looks: on a terminal that can, and never with NO_COLOR. Asks nothing else, as libraries ask for CI. */
import pc from 'picocolors'
import type { Colours } from '../scenario/report.ts'

export function coloursOf(stream: { readonly isTTY?: boolean }): Colours {
  const { NO_COLOR, TERM } = process.env
  return pc.createColors(stream.isTTY === true && !NO_COLOR && TERM !== 'dumb')
}

export const noColours: Colours = pc.createColors(false)
