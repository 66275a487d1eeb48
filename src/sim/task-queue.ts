/**
 * Tasks in the order in which they fall due, ties in the order in which they were added: a binary heap that knows where
 * each task stands, so that a cancelled one leaves at once and nothing piles up. Never runs a task.
 */

export interface Task {
  readonly run: () => void
  readonly dueMs: number
  /** Rises with every task, so that no two are equal. */
  readonly order: number
  /** Where the task stands in its heap; -1 once it has left. */
  position: number
}

export class TaskQueue {
  readonly #heap: Task[] = []
  #order = 0

  get size(): number {
    return this.#heap.length
  }

  /** The task that is due first. */
  get first(): Task | undefined {
    return this.#heap[0]
  }

  add(run: () => void, dueMs: number): Task {
    this.#order += 1
    const task = { run, dueMs, order: this.#order, position: this.#heap.length }
    this.#heap.push(task)
    this.#rise(task)
    return task
  }

  /** Harmless when the task has already left. */
  remove(task: Task): void {
    if (this.#heap[task.position] !== task) return
    const last = this.#heap.pop()
    if (last !== undefined && last !== task) {
      this.#put(last, task.position)
      this.#rise(last)
      this.#sink(last)
    }
    task.position = -1
  }

  #rise(task: Task): void {
    while (task.position > 0) {
      const parent = this.#heap[(task.position - 1) >> 1]
      if (parent === undefined || isBefore(parent, task)) return
      this.#swap(parent, task)
    }
  }

  #sink(task: Task): void {
    for (let child = this.#firstChildOf(task); child !== undefined && isBefore(child, task);) {
      this.#swap(task, child)
      child = this.#firstChildOf(task)
    }
  }

  #firstChildOf(task: Task): Task | undefined {
    const left = this.#heap[2 * task.position + 1]
    const right = this.#heap[2 * task.position + 2]
    return left !== undefined && right !== undefined && isBefore(right, left) ? right : left
  }

  #swap(parent: Task, child: Task): void {
    const { position } = child
    this.#put(child, parent.position)
    this.#put(parent, position)
  }

  #put(task: Task, position: number): void {
    this.#heap[position] = task
    task.position = position
  }
}

function isBefore(one: Task, other: Task): boolean {
  return one.dueMs === other.dueMs ? one.order < other.order : one.dueMs < other.dueMs
}
