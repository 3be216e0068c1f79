import { GatewayError, toGatewayError } from '../../shared/errors'
import type { CallTool, Decision, RequestContext, ToolCall, ToolOutcome } from '../gateway/hooks'
import type { Plugin, PluginHost } from '../gateway/plugin'
import type { AuditDraft, AuditEnd } from '../gateway/store/store'
import { byteLength, errorText, intentOf, refusalOf } from './audit/entry'
import { keepRetention } from './audit/retention'

export type { AuditRoutes } from './audit/routes'

/**
 * Writes down every call, mounted at `/admin/audit`: an intent row before the upstream is asked (a call whose row cannot be
 * written is not made), its outcome after. The outcome is queued in the turn of the answer and not waited for: when it cannot be
 * written, the log says so and the intent stands as `running`, later `interrupted`. A call that was refused before that step gets
 * one whole row. `audit.appended` is emitted once per call, with its outcome. With `audit: false` in the policy nothing is written.
 */
export function auditPlugin(): Plugin {
  return {
    name: 'audit',
    contribute(host) {
      const book = new AuditBook(host)
      const stopRetention = keepRetention(host)
      return {
        // Not async: with the audit off a call pays for this one question.
        around: (next) => (call, decision) => (host.policy().audit ? book.audited(next, call, decision) : next(call, decision)),
        hooks: { toolError: (error, call) => (host.policy().audit ? book.noteFailure(error, call) : undefined) },
        routes: async () => (await import('./audit/routes')).auditRoutes(host.store.audit),
        close() {
          stopRetention()
          return book.settled()
        },
      }
    },
  }
}

/** The row of a call that came as far as its upstream. */
interface Row {
  readonly id: number
  readonly draft: AuditDraft
  readonly signal: AbortSignal
  readonly startedAt: number
  end: AuditEnd | null
}

class AuditBook {
  /** The context is made anew for every request and stays the same object through the pipeline, in which calls are copied. */
  readonly #rows = new WeakMap<RequestContext, Row>()
  #lastWrite: Promise<void> = Promise.resolve()

  constructor(private readonly host: PluginHost) {}

  /** @throws GatewayError `store.unavailable` when nothing was run because the row could not be written; else what `next` throws */
  async audited(next: CallTool, call: ToolCall, decision: Decision): Promise<ToolOutcome> {
    const row = await this.#open(call, decision)
    try {
      const outcome = await next(call, decision)
      this.#finish(row, { outcome: outcome.isError ? 'tool_error' : 'ok', result_bytes: byteLength(outcome.result), error: null })
      return outcome
    } catch (thrown) {
      const error = toGatewayError(thrown)
      this.#finish(row, { outcome: error.code === 'call.cancelled' ? 'cancelled' : 'error', result_bytes: null, error: errorText(error) })
      throw thrown
    }
  }

  /** A failure of a call without a row gets a whole one; one that came after the outcome (a hook refused the result) corrects it. */
  async noteFailure(error: GatewayError, call: ToolCall): Promise<void> {
    const row = this.#rows.get(call.context)
    if (row?.signal !== call.signal) return this.#writeRefusal(error, call)
    if (row.end?.error !== null) return
    this.#finish(row, { outcome: 'error', result_bytes: row.end.result_bytes, error: errorText(error) })
  }

  /** Resolves when the last outcome is written, or has failed to be. */
  settled(): Promise<void> {
    return this.#lastWrite
  }

  async #open(call: ToolCall, decision: Decision): Promise<Row> {
    const draft = intentOf(call, decision)
    const row: Row = { id: await this.#append(draft), draft, signal: call.signal, startedAt: performance.now(), end: null }
    this.#rows.set(call.context, row)
    return row
  }

  async #append(draft: AuditDraft): Promise<number> {
    try {
      return await this.host.store.audit.append(draft)
    } catch (cause) {
      const advice = 'The gateway log says why; free the disk or repair the audit file, then call again.'
      throw new GatewayError('store.unavailable', `The call could not be written to the audit; nothing was run. ${advice}`, { cause })
    }
  }

  #finish(row: Row, { outcome, result_bytes, error }: Omit<AuditEnd, 'duration_ms'>): void {
    row.end = { outcome, duration_ms: row.end?.duration_ms ?? millisecondsSince(row.startedAt), result_bytes, error }
    this.#lastWrite = this.#write(row.id, row.end)
    this.host.emit('audit.appended', { entry: { ...row.draft, ...row.end, id: row.id } })
  }

  async #write(id: number, end: AuditEnd): Promise<void> {
    try {
      await this.host.store.audit.finish(id, end)
    } catch (thrown) {
      this.host.log.error('The outcome of a call could not be written to the audit; its intent stands.', {
        row: id,
        outcome: end.outcome,
        error: String(thrown),
      })
    }
  }

  async #writeRefusal(error: GatewayError, call: ToolCall): Promise<void> {
    const draft = refusalOf(error, call)
    try {
      const id = await this.host.store.audit.append(draft)
      this.host.emit('audit.appended', { entry: { ...draft, id } })
    } catch (thrown) {
      this.host.log.error('A refused call could not be written to the audit.', {
        tool: call.exposedName,
        code: error.code,
        error: String(thrown),
      })
    }
  }
}

/** To the hundredth of a millisecond. */
const millisecondsSince = (start: number) => Math.round((performance.now() - start) * 100) / 100
