import { MemoryJournal } from '../../src/store/memory-journal.ts'
import { journalContract } from './journal-contract.ts'

journalContract('the journal in memory', {
  place: () => {
    const tasks: (() => void)[] = []
    const journal = new MemoryJournal(task => tasks.push(task))
    return {
      open: () => journal,
      crash: () => journal.crash(),
      settle: async () => {
        for (const task of tasks.splice(0)) task()
        await Promise.resolve()
      },
    }
  },
  skipped: [],
})
