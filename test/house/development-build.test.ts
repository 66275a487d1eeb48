import { expect, test, vi } from 'vitest'
import { createActor, createMachine } from 'xstate'

test('tests run with the development build of XState, which warns about events sent to stopped actors', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const actor = createActor(createMachine({ id: 'stopped' }))
  actor.start()
  actor.stop()
  actor.send({ type: 'late' })
  expect(warn).toHaveBeenCalledOnce()
  expect(warn.mock.calls[0]?.[0]).toContain('was sent to stopped actor')
})
