import { describe, expect, test } from 'vitest'
import { mainAccount, parseAccount } from '../../src/book/account.ts'

describe("an account's name", () => {
  test.each([mainAccount, 'desk-1', 'A.b_c', '7', 'x'.repeat(64)])('may be %s', name => {
    expect(parseAccount(name)).toBe(name)
  })

  test.each(['', '-desk', 'my desk', 'désk', 'a/b'])(`may not be '%s'`, name => {
    expect(parseAccount(name)).toMatchObject({ reason: 'account_is_not_a_name' })
  })

  test('may not be longer than the limit', () => {
    expect(parseAccount('x'.repeat(65))).toMatchObject({
      reason: 'account_name_too_long',
      sentence: `The account's name has 65 characters; at most 64 are allowed.`,
    })
  })
})
