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

/** What was called, kept in memory so that whoever looks at it every second costs no scan of the audit. */
export interface CallBook {
  /** Calls that began then or later, newest first. @param time milliseconds since 1970 */
  since(time: number): Promise<readonly Call[]>
}

/** Reads the audit when first asked, then follows it. */
export function createCallBook(
  { store, onEvent }: CallBookParts,
  limits: { readonly [Limit in keyof typeof statsLimits]: number } = statsLimits,
): CallBook {
  const intern = internTable()
  let calls = new Map<number, Call>()
  /** How far back `calls` reach. */
  let from = Infinity
  let reading: Promise<void> | undefined
  let isFollowing = false

  const take = (into: Map<number, Call>, row: AuditGlance) => void into.set(row.id, callOf(row, intern))
  const dropOldest = () => {
    for (const id of calls.keys()) {
      if (calls.size <= limits.rows) return
      calls.delete(id)
    }
  }
  function follow(): void {
    if (isFollowing) return
    isFollowing = true
    onEvent((event) => {
      if (event.event !== 'audit.appended') return
      take(calls, event.data.entry)
      dropOldest()
    })
  }
  async function read(time: number): Promise<void> {
    follow()
    const older = await readBack(store, new Date(time).toISOString(), limits)
    const known = new Map<number, Call>()
    for (const row of older.reverse()) take(known, row)
    for (const [id, call] of calls) known.set(id, call)
    calls = known
    dropOldest()
    from = time
  }
  return {
    async since(time) {
      while (time < from) await (reading ??= read(time).finally(() => (reading = undefined)))
      return [...calls.values()].filter(({ at }) => at >= time).reverse()
    },
  }
}

/** Newest first; without those that still run: they are told when they end. */
async function readBack(
  store: Pick<Store, 'audit'>,
  since: string,
  limits: { readonly rows: number; readonly rowsPerTurn: number },
): Promise<AuditGlance[]> {
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
