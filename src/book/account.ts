/**
 * Accounts: names for whose money it is at one peer. They never leave the peer, and two orders of one account never
 * trade with each other.
 */

import { limits } from '../limits.ts'
import { quoted, refuse, type Refusal } from './refusal.ts'

/** The account of orders that name none. */
export const mainAccount = 'main'

const accountPattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

export function parseAccount(text: string): string | Refusal<'account_is_not_a_name' | 'account_name_too_long'> {
  if (text.length > limits.nameCharactersMax) return refuse('account_name_too_long', tooLong(text))
  if (!accountPattern.test(text)) return refuse('account_is_not_a_name', notAName(text))
  return text
}

function tooLong(text: string): string {
  return `The account's name has ${text.length} characters; at most ${limits.nameCharactersMax} are allowed.`
}

function notAName(text: string): string {
  return `${quoted(text)} is not an account's name: letters and digits, then also points, underscores and hyphens, such as desk-1.`
}
