import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createActor, setup } from 'xstate'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'

/** A clock that begins at 0, and what has run on it: `name@time`. */
function clockWithNotes() {
  const clock = new VirtualClock({ startMs: 0 })
  const notes: string[] = []
  const note = (name: string) => () => void notes.push(`${name}@${clock.now()}`)
  return { clock, notes, note }
}

describe('the virtual clock', () => {
  test('tasks run at their own times, in the order of their deadlines', () => {
    const { clock, notes, note } = clockWithNotes()
    clock.setTimeout(note('late'), 30)
    clock.setTimeout(note('early'), 10)
    clock.setTimeout(note('between'), 20)
    clock.advance(100)
    expect(notes).toEqual(['early@10', 'between@20', 'late@30'])
    expect(clock.now()).toBe(100)
  })

  test('tasks of one instant run in the order in which they were set', () => {
    const { clock, notes, note } = clockWithNotes()
    for (const name of ['a', 'b', 'c', 'd', 'e']) clock.setTimeout(note(name), 5)
    clock.advance(5)
    expect(notes).toEqual(['a@5', 'b@5', 'c@5', 'd@5', 'e@5'])
  })

  test('a task set by a task runs at its own time within one advance', () => {
    const { clock, notes, note } = clockWithNotes()
    clock.setTimeout(() => clock.setTimeout(note('second'), 10), 10)
    clock.setTimeout(note('last'), 30)
    clock.advance(40)
    expect(notes).toEqual(['second@20', 'last@30'])
  })

  test('a task without delay waits for the next step', () => {
    const { clock, notes, note } = clockWithNotes()
    clock.setTimeout(note('now'), 0)
    clock.setTimeout(note('before'), -5)
    expect(notes).toEqual([])
    expect([clock.step(), clock.step(), clock.step()]).toEqual([true, true, false])
    expect(notes).toEqual(['now@0', 'before@0'])
  })

  test('an advance ends exactly where it was told to, and leaves what is due later', () => {
    const { clock, notes, note } = clockWithNotes()
    clock.setTimeout(note('due'), 10)
    clock.setTimeout(note('later'), 11)
    clock.advance(10)
    expect(notes).toEqual(['due@10'])
    expect(clock.pendingTasks).toBe(1)
  })

  test('a cleared task never runs and leaves nothing behind; clearing again is harmless', () => {
    const { clock, notes, note } = clockWithNotes()
    const handle = clock.setTimeout(note('never'), 10)
    clock.clearTimeout(handle)
    clock.clearTimeout(handle)
    clock.clearTimeout(undefined)
    expect(clock.pendingTasks).toBe(0)
    clock.advance(20)
    expect(notes).toEqual([])
  })

  test('a handle of a task that has run, or of another clock, clears nothing', () => {
    const { clock, notes, note } = clockWithNotes()
    const ran = clock.setTimeout(note('ran'), 1)
    clock.advance(1)
    clock.setTimeout(note('kept'), 1)
    clock.clearTimeout(ran)
    clock.clearTimeout(new VirtualClock().setTimeout(note('foreign'), 1))
    clock.advance(1)
    expect(notes).toEqual(['ran@1', 'kept@2'])
  })

  test('clearing a task keeps the order of the others, wherever they stand in the heap', () => {
    const { clock, notes, note } = clockWithNotes()
    // Each line is one level of the heap. Clearing 101 puts 8 under 100, from where it has to rise.
    const levels = [[1], [100, 2], [101, 102, 3, 4], [103, 104, 105, 106, 5, 6, 7, 8]]
    const handles = levels.flat().map(delayMs => clock.setTimeout(note(''), delayMs))
    clock.clearTimeout(handles[3])
    clock.advance(200)
    const kept = [1, 2, 3, 4, 5, 6, 7, 8, 100, 102, 103, 104, 105, 106]
    expect(notes).toEqual(kept.map(delayMs => `@${delayMs}`))
  })

  test('runUntil stops as soon as the condition holds', () => {
    const { clock, notes, note } = clockWithNotes()
    clock.setTimeout(note('a'), 10)
    clock.setTimeout(note('b'), 20)
    expect(clock.runUntil(() => notes.length === 1, 100)).toBe(true)
    expect(clock.now()).toBe(10)
  })

  test('runUntil gives up at its limit, even when nothing is left to do', () => {
    const { clock, notes, note } = clockWithNotes()
    clock.setTimeout(note('a'), 10)
    clock.setTimeout(note('b'), 200)
    expect(clock.runUntil(() => false, 100)).toBe(false)
    expect(clock.now()).toBe(100)
    expect(notes).toEqual(['a@10'])
  })

  test('a view is the same time as somebody sees it whose clock is ahead', () => {
    const { clock, notes, note } = clockWithNotes()
    const ahead = clock.view(250)
    ahead.clearTimeout(ahead.setTimeout(note('cleared'), 5))
    ahead.setTimeout(note('a'), 10)
    clock.advance(10)
    expect(ahead.now()).toBe(260)
    expect(notes).toEqual(['a@10'])
  })

  test('tasks that go on without time passing are taken for a livelock', () => {
    const clock = new VirtualClock({ startMs: 0, tasksAtOneInstantMax: 3 })
    const again = (): void => void clock.setTimeout(again, 0)
    again()
    expect(() => clock.advance(1)).toThrow('4 tasks without time passing, 0 ms after its start, look like a livelock')
  })

  test('tasks that let time pass are no livelock', () => {
    const clock = new VirtualClock({ startMs: 0, tasksAtOneInstantMax: 3 })
    const again = (): void => void clock.setTimeout(again, 1)
    again()
    clock.advance(1_000)
    expect(clock.now()).toBe(1_000)
  })

  test('a task that steps its own clock is refused, and what a task throws passes through', () => {
    const { clock } = clockWithNotes()
    clock.setTimeout(() => clock.step(), 1)
    clock.setTimeout(() => undefined, 2)
    expect(() => clock.step()).toThrow('a task must not step the clock that runs it')
    expect(clock.step()).toBe(true)
  })

  test('impossible delays are refused', () => {
    const { clock } = clockWithNotes()
    expect(() => clock.setTimeout(() => undefined, Number.NaN)).toThrow('a delay must be finite')
    expect(() => clock.setTimeout(() => undefined, Infinity)).toThrow('a delay must be finite')
    expect(() => clock.advance(-1)).toThrow('time does not go back')
  })

  test('nested delays of a statechart run at their own times within one advance', () => {
    const { clock, notes, note } = clockWithNotes()
    const machine = setup({
      actions: { noteGreen: note('green'), noteRed: note('red') },
      delays: { greenMs: 10, yellowMs: 20 },
    }).createMachine({
      initial: 'green',
      states: {
        green: { entry: 'noteGreen', after: { greenMs: 'yellow' } },
        yellow: { after: { yellowMs: 'red' } },
        red: { entry: 'noteRed' },
      },
    })
    createActor(machine, { clock }).start()
    clock.advance(100)
    expect(notes).toEqual(['green@0', 'red@30'])
  })

  test('any mix of setting and clearing runs what a sorted list would', () => {
    const delays = fc.array(fc.record({ delayMs: fc.nat(50), isCleared: fc.boolean() }), { maxLength: 200 })
    fc.assert(
      fc.property(delays, tasks => {
        const { clock, notes, note } = clockWithNotes()
        const handles = tasks.map(({ delayMs }, index) => clock.setTimeout(note(`${index}`), delayMs))
        for (const [index, { isCleared }] of tasks.entries()) if (isCleared) clock.clearTimeout(handles[index])
        clock.advance(50)
        const kept = tasks.map((task, index) => ({ ...task, index })).filter(({ isCleared }) => !isCleared)
        const sorted = kept.sort((one, other) => one.delayMs - other.delayMs || one.index - other.index)
        expect(notes).toEqual(sorted.map(({ index, delayMs }) => `${index}@${delayMs}`))
        expect(clock.pendingTasks).toBe(0)
      }),
    )
  })
})
