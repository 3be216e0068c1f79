import type { AuditOutcome } from '../../../shared/records'
import { outcomes } from './outcomes'

/** Which calls are shown; null: all. */
export interface Filters {
  readonly text: string
  readonly client: string | null
  readonly server: string | null
  /** The server's own name of one tool; chosen together with the server. */
  readonly tool: string | null
  readonly outcome: AuditOutcome | null
  readonly span: Span
}

/** How far back. */
export type Span = 'hour' | 'today' | 'week' | 'all'
export const spanWords: Readonly<Record<Span, string>> = { hour: 'Last hour', today: 'Today', week: 'Last 7 days', all: 'All kept' }
export const spans = Object.keys(spanWords) as readonly Span[]

export const noFilters: Filters = { text: '', client: null, server: null, tool: null, outcome: null, span: 'all' }

export const isFiltered = (filters: Filters): boolean =>
  filters.text !== '' || filters.client !== null || filters.server !== null || filters.outcome !== null || filters.span !== 'all'

/** As the audit route takes it. */
export type AuditFilters = Partial<Record<'q' | 'client' | 'server' | 'tool' | 'since', string>> & { outcome?: AuditOutcome }

export function toQuery({ text, client, server, tool, outcome, span }: Filters, now = new Date()): AuditFilters {
  const since = start(span, now)
  return {
    ...(text.trim() === '' ? {} : { q: text.trim() }),
    ...(client === null ? {} : { client }),
    ...(server === null ? {} : { server }),
    ...(tool === null ? {} : { tool }),
    ...(outcome === null ? {} : { outcome }),
    ...(since === null ? {} : { since: since.toISOString() }),
  }
}

function start(span: Span, now: Date): Date | null {
  if (span === 'all') return null
  if (span === 'hour') return new Date(now.getTime() - 3_600_000)
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate())
  return span === 'today' ? midnight : new Date(midnight.getTime() - 6 * 86_400_000)
}

export const outcomeChoices = Object.entries(outcomes).map(([value, { word }]) => ({ value: value as AuditOutcome, label: word }))
