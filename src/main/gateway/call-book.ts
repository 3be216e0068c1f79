import { setImmediate } from 'node:timers/promises'
import type { GatewayEvent } from '../../shared/events'
import type { AuditGlance, Store } from './store/store'

/** Published limits: calls that are remembered, rows read in one turn of the event loop; how far back it goes unless told, milliseconds. */
export const statsLimits = { rows: 100_000, rowsPerTurn: 5_000, defaultMs: 86_400_000 } as const

/** One call that has ended. */
export interface Call {
  /** Milliseconds since 1970. */
  readonly at: number
  /** The upstream's part, milliseconds; null when it was not asked or did not answer. */
  readonly ms: number | null
  readonly client: string
  /** Empty for a tool that no server has. */
  readonly server: string
  readonly failed: boolean
}

export interface CallBookParts {
  readonly store: Pick<Store, 'audit'>
  onEvent(listener: (event: GatewayEvent) => void): () => void
}

type Limits = { readonly [Limit in keyof typeof statsLimits]: number }

/**
 * What was called, kept in memory so that whoever looks at it every second costs no scan of the audit.
 * Reads the audit when first asked, then follows it.
 */
export class CallBook {
  readonly #intern = internTable()
  /** By the ids of their rows, oldest first. */
  #calls = new Map<number, Call>()
  /** How far back they reach. */
  #from = Infinity
  #reading: Promise<void> | undefined
  #isFollowing = false

  constructor(
    private readonly parts: CallBookParts,
    private readonly limits: Limits = statsLimits,
  ) {}

  /** Calls that began then or later, newest first. @param time milliseconds since 1970 */
  async since(time: number): Promise<readonly Call[]> {
    while (time < this.#from) await (this.#reading ??= this.#read(time).finally(() => (this.#reading = undefined)))
    return [...this.#calls.values()].filter(({ at }) => at >= time).reverse()
  }

  async #read(time: number): Promise<void> {
    this.#follow()
    const rows = await readBack(this.parts.store, new Date(time).toISOString(), this.limits)
    const known = new Map(rows.reverse().map((row) => [row.id, callOf(row, this.#intern)]))
    // What has ended meanwhile is newer.
    for (const [id, call] of this.#calls) known.set(id, call)
    this.#calls = known
    this.#dropOldest()
    this.#from = time
  }

  #follow(): void {
    if (this.#isFollowing) return
    this.#isFollowing = true
    this.parts.onEvent((event) => {
      if (event.event !== 'audit.appended') return
      this.#calls.set(event.data.entry.id, callOf(event.data.entry, this.#intern))
      this.#dropOldest()
    })
  }

  #dropOldest(): void {
    for (const id of this.#calls.keys()) {
      if (this.#calls.size <= this.limits.rows) return
      this.#calls.delete(id)
    }
  }
}

/** Newest first; without those that still run: they are told when they end. */
async function readBack(store: Pick<Store, 'audit'>, since: string, limits: Limits): Promise<AuditGlance[]> {
  const rows: AuditGlance[] = []
  for (let below: number | null | undefined; below !== null && rows.length < limits.rows;) {
    const page = store.audit.glance(below ?? null, limits.rowsPerTurn)
    for (const row of page.entries) if (row.at >= since && row.outcome !== 'running') rows.push(row)
    const last = page.entries.at(-1)
    below = last && last.at < since ? null : page.below
    await setImmediate()
  }
  return rows
}

function callOf({ at, duration_ms, client, server, outcome }: AuditGlance, intern: (text: string) => string): Call {
  const failed = outcome === 'error' || outcome === 'tool_error'
  return { at: Date.parse(at), ms: duration_ms, client: intern(client), server: intern(server), failed }
}

/** Thousands of rows share few names. */
function internTable(): (text: string) => string {
  const known = new Map<string, string>()
  return (text) => known.get(text) ?? (known.set(text, text), text)
}
