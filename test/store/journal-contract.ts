/**
 * What every Journal promises, wherever its records are. A harness lends a place that outlives its journals, so that reading again
 * and crashing can be tried; one that cannot crash says so, with its reason.
 */
import { lastValueFrom, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { Journal } from '../../src/store/journal.ts'

export interface JournalPlace {
  /** Opens the journal that is there; the same one until a crash. */
  open(): Journal
  /** Loses what was never synced. */
  crash(): void
  /** Lets happen what is under way, such as a sync. */
  settle(): Promise<void>
}

export interface JournalHarness {
  place(): JournalPlace
  /** Properties that do not apply, by their sentence below, each with its reason. */
  readonly skipped: readonly { readonly property: string; readonly reason: string }[]
}

export function journalContract(name: string, harness: JournalHarness): void {
  const property = (sentence: string, check: (place: JournalPlace) => Promise<void>) => {
    const skipped = harness.skipped.find(one => one.property === sentence)
    if (skipped) test.skip(`${sentence} (${skipped.reason})`, () => undefined)
    else test(sentence, () => check(harness.place()))
  }

  describe(name, () => {
    property('a new journal has no records, and reading it completes', async place => {
      expect(await read(place)).toEqual([])
    })

    property('records are read as they were appended, oldest first, however often', async place => {
      await append(place, 'one', 'two', 'two', 'three')
      expect(await read(place)).toEqual(['one', 'two', 'two', 'three'])
      expect(await read(place)).toEqual(['one', 'two', 'two', 'three'])
    })

    property('a record is any text: empty, with line feeds, in any script, long', async place => {
      const records = ['', '\n', 'a\nb\r\n', '{"a":1}', '価格 👋', '\u0000', 'x'.repeat(1_000_000)]
      await append(place, ...records)
      expect(await read(place)).toEqual(records)
    })

    property('a sync emits once and completes, never at once', async place => {
      const journal = place.open()
      journal.append('one')
      const notes = syncing(journal)
      expect(notes).toEqual([])
      await place.settle()
      expect(notes).toEqual(['synced', 'complete'])
    })

    property('a sync with nothing to do does the same', async place => {
      const notes = syncing(place.open())
      expect(notes).toEqual([])
      await place.settle()
      expect(notes).toEqual(['synced', 'complete'])
    })

    property('a sync does nothing before somebody subscribes', async place => {
      const journal = place.open()
      journal.append('one')
      void journal.sync()
      await place.settle()
      place.crash()
      expect(await read(place)).toEqual([])
    })

    property('what has not been synced is not read', async place => {
      await append(place, 'one')
      place.open().append('two')
      expect(await read(place)).toEqual(['one'])
    })

    property('a crash keeps what has been synced', async place => {
      await append(place, 'one', 'two')
      place.crash()
      expect(await read(place)).toEqual(['one', 'two'])
    })

    property('a crash loses what has not been synced, and the next record follows the last that has', async place => {
      await append(place, 'one')
      place.open().append('two')
      place.crash()
      await append(place, 'three')
      place.crash()
      expect(await read(place)).toEqual(['one', 'three'])
    })

    property('a sync does not promise what is appended after it', async place => {
      const journal = place.open()
      journal.append('one')
      const notes = syncing(journal)
      journal.append('two')
      await place.settle()
      place.crash()
      expect(notes).toEqual(['synced', 'complete'])
      expect(await read(place)).toEqual(['one'])
    })

    property('several syncs at once promise each what was there before it', async place => {
      const journal = place.open()
      journal.append('one')
      const first = syncing(journal)
      journal.append('two')
      const second = syncing(journal)
      await place.settle()
      place.crash()
      expect([first, second]).toEqual([
        ['synced', 'complete'],
        ['synced', 'complete'],
      ])
      expect(await read(place)).toEqual(['one', 'two'])
    })

    property('a crash while a sync is under way leaves a beginning of what was appended', async place => {
      await append(place, 'one')
      const journal = place.open()
      for (const record of ['two', 'three', 'four']) journal.append(record)
      syncing(journal)
      place.crash()
      await place.settle()
      const left = await read(place)
      expect(['one', 'two', 'three', 'four'].slice(0, left.length)).toEqual(left)
      await append(place, 'five')
      expect(await read(place)).toEqual([...left, 'five'])
    })

    property('a sync from before a crash promises nothing about what comes after it', async place => {
      const journal = place.open()
      journal.append('one')
      syncing(journal)
      place.crash()
      place.open().append('two')
      await place.settle()
      place.crash()
      expect(await read(place)).not.toContain('two')
    })

    property('reading changes nothing', async place => {
      await append(place, 'one')
      const journal = place.open()
      journal.append('two')
      await read(place)
      const notes = syncing(journal)
      await place.settle()
      expect(notes).toEqual(['synced', 'complete'])
      expect(await read(place)).toEqual(['one', 'two'])
    })
  })
}

async function read(place: JournalPlace): Promise<string[]> {
  const reading = lastValueFrom(place.open().read().pipe(toArray()))
  await place.settle()
  return reading
}

async function append(place: JournalPlace, ...records: readonly string[]): Promise<void> {
  const journal = place.open()
  for (const record of records) journal.append(record)
  const notes = syncing(journal)
  await place.settle()
  expect(notes).toEqual(['synced', 'complete'])
}

function syncing(journal: Journal): string[] {
  const notes: string[] = []
  journal.sync().subscribe({
    next: () => notes.push('synced'),
    error: () => notes.push('failed'),
    complete: () => notes.push('complete'),
  })
  return notes
}
