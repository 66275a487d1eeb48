import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { mutantNamed } from './catalogue.ts'
import { outputOf } from './output-of.ts'
import type { Catch } from './play-until-caught.ts'
import { programWith } from './with-mutant.ts'

const player = join(import.meta.dirname, 'play-until-caught.ts')
const canarySeedsMax = 5

async function catchWith(name: string): Promise<Catch | null> {
  const program = programWith(mutantNamed(name), player, ['1', String(canarySeedsMax)])
  return JSON.parse(await outputOf(program)) as Catch | null
}

describe('the canary', () => {
  test('is caught within a few seeds: orders that walk on beyond their limit price', { timeout: 120_000 }, async () => {
    const caught = await catchWith('limit-price-ignored')
    expect(caught?.by).toMatch(/^invariant 4 /)
  })
})
