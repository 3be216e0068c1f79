import type { Approval } from '../../../shared/records'
import type { PluginHost } from '../../gateway/plugin'
import { forStore } from './history'
import { approvalLimits } from './limits'

const writeMs = 1000
const mostAtOnce = 100

/**
 * Calls that ran by a grant, on their way into the history: soon and many at once, since each write waits for the disk. What is lost
 * with a killed process is in the audit, which is written before a call runs.
 */
export class GrantedCalls {
  #rows: Approval[] = []
  #writing: NodeJS.Timeout | undefined

  constructor(private readonly host: Pick<PluginHost, 'store' | 'log'>) {}

  add(call: Approval): void {
    this.#rows.push(forStore(call))
    if (this.#rows.length % mostAtOnce === 0) this.write()
    else if (this.#rows.length > 0) this.#writing ??= setTimeout(() => this.write(), writeMs).unref()
  }

  /** What cannot be written is tried again with the next; the oldest are given up where there are too many. */
  write(): void {
    clearTimeout(this.#writing)
    this.#writing = undefined
    if (this.#rows.length === 0) return
    try {
      this.host.store.approvals.putAll(this.#rows)
      this.#rows = []
    } catch (thrown) {
      this.#rows = this.#rows.slice(-approvalLimits.grantedRows)
      this.host.log.warn('Calls that ran by a grant could not be written into the history; the audit has them.', { error: String(thrown) })
    }
  }
}
