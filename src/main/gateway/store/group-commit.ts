import type { Log } from '../log'
import { isMediumFailure, unavailable } from './medium'
import type { SqliteFile } from './sqlite-file'

interface Work {
  readonly run: () => void
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Writes that come in one turn of the event loop share one transaction, at the end of that turn. Each promise resolves when its transaction is committed;
 * when it cannot be, all of them reject with `store.unavailable`, nothing of them is stored, and the next turn tries anew.
 */
export class GroupCommit {
  #queue: Work[] = []
  readonly #begin
  readonly #commit
  readonly #rollback

  constructor(
    readonly file: SqliteFile,
    readonly log: Log | undefined,
  ) {
    this.#begin = file.prepared('BEGIN IMMEDIATE')
    this.#commit = file.prepared('COMMIT')
    this.#rollback = file.prepared('ROLLBACK')
  }

  /** `run` may be called once, later; a value that cannot be stored rejects its own promise only, a failure of the medium all of the group. */
  add(run: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#queue.push({ run, resolve, reject }) === 1) setImmediate(() => this.flush())
    })
  }

  /** Commits what is queued now, so that a read sees it. Never throws. */
  flush(): void {
    if (this.#queue.length === 0) return
    const batch = this.#queue
    this.#queue = []
    try {
      this.#begin().run()
      const written = batch.filter((work) => this.#run(work))
      this.#commit().run()
      for (const work of written) work.resolve()
    } catch (error) {
      const failure = unavailable(this.file.file, 'write to', error)
      for (const work of batch) work.reject(failure)
      this.#undo()
    }
  }

  #run(work: Work): boolean {
    try {
      work.run()
      return true
    } catch (error) {
      if (isMediumFailure(error)) throw error
      work.reject(unavailable(this.file.file, 'write to', error))
      return false
    }
  }

  /** A full disk makes SQLite roll back by itself. Should this fail too, the next BEGIN says why. */
  #undo(): void {
    try {
      if (this.file.isOpen && this.file.database.inTransaction) this.#rollback().run()
    } catch (error) {
      this.log?.error('a failed group of audit rows could not be rolled back', { error })
    }
  }
}
