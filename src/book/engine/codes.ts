/**
 * The numbers that an engine is spoken to in, and the words they stand for. Bits of a field are added; 0 is "none" everywhere.
 */

export const BUY = 0
export const SELL = 1
export type SideCode = typeof BUY | typeof SELL

/** Terms: what an order asks for beyond its limit. Without any it rests until it is filled or cancelled. */
export const IOC = 1
/** All of it at once or nothing. */
export const FOK = 2
export const POST_ONLY = 4
/** Two bits that say what happens when it would trade with its own account. */
export const CANCEL_NEWEST = 0
export const CANCEL_OLDEST = 8
export const CANCEL_BOTH = 16
export const DECREMENT = 24
export const selfTradeBits = 24
export const allTerms = 31
/** Terms of orders that never rest. */
export const neverRests = IOC | FOK

/** What an order is, in the same field as its terms. */
export const IS_SELL = 32
/** A stop that has not been triggered: nobody can trade with it. */
export const IS_DORMANT = 64
export const IS_ICEBERG = 128
export const IS_PAIRED = 256
/** Of a maker: to trade with it changes more than its own lots. */
export const isSpecial = IS_ICEBERG | IS_PAIRED

export const factKinds = [
  'none',
  'accepted',
  'trade',
  'cancelled',
  'amended',
  'modified',
  'triggered',
  'refilled',
  'refused',
] as const
export type FactKind = Exclude<(typeof factKinds)[number], 'none'>
export const ACCEPTED = 1
export const TRADE = 2
export const CANCELLED = 3
export const AMENDED = 4
export const MODIFIED = 5
export const TRIGGERED = 6
export const REFILLED = 7
export const REFUSED = 8

export const commandNames = ['none', 'new', 'cancel', 'amend', 'modify'] as const
export type CommandName = Exclude<(typeof commandNames)[number], 'none'>
export const NEW = 1
export const CANCEL = 2
export const AMEND = 3
export const MODIFY = 4

/** Why an order ended or became smaller without a trade; then, why a command was refused. Each number is its place here. */
export const reasons = [
  'none',
  'cancelled_by_user',
  'nothing_left_to_match',
  'self_trade_prevented',
  'partner_is_done',
  'partner_has_traded',
  'would_take',
  'minimum_not_reached',
  'order_already_exists',
  'order_is_unknown',
  'order_is_dormant',
  'order_is_paired',
  'book_is_full',
  'id_out_of_range',
  'price_out_of_range',
  'quantity_out_of_range',
  'account_out_of_range',
  'displayed_out_of_range',
  'minimum_out_of_range',
  'trigger_out_of_range',
  'post_only_must_rest',
  'iceberg_must_rest',
  'partner_needs_a_stop',
  'partner_is_unknown',
  'partner_does_not_fit',
  'amend_must_reduce',
  'amend_below_filled',
] as const
export type Reason = Exclude<(typeof reasons)[number], 'none'>
export const CANCELLED_BY_USER = 1
export const NOTHING_LEFT_TO_MATCH = 2
export const SELF_TRADE_PREVENTED = 3
export const PARTNER_IS_DONE = 4
export const PARTNER_HAS_TRADED = 5
export const WOULD_TAKE = 6
export const MINIMUM_NOT_REACHED = 7
export const ORDER_ALREADY_EXISTS = 8
export const ORDER_IS_UNKNOWN = 9
export const ORDER_IS_DORMANT = 10
export const ORDER_IS_PAIRED = 11
export const BOOK_IS_FULL = 12
export const ID_OUT_OF_RANGE = 13
export const PRICE_OUT_OF_RANGE = 14
export const QUANTITY_OUT_OF_RANGE = 15
export const ACCOUNT_OUT_OF_RANGE = 16
export const DISPLAYED_OUT_OF_RANGE = 17
export const MINIMUM_OUT_OF_RANGE = 18
export const TRIGGER_OUT_OF_RANGE = 19
export const POST_ONLY_MUST_REST = 20
export const ICEBERG_MUST_REST = 21
export const PARTNER_NEEDS_A_STOP = 22
export const PARTNER_IS_UNKNOWN = 23
export const PARTNER_DOES_NOT_FIT = 24
export const AMEND_MUST_REDUCE = 25
export const AMEND_BELOW_FILLED = 26
