import { createRoute } from '@hono/zod-openapi'
import { AuditPage, AuditQuery, type AuditEntry } from '../../../shared/records'
import { AuditSummary } from '../../../shared/stats'
import type { AuditFilter, AuditTable } from '../../gateway/store/store'
import { json, newRoutes, only } from '../routes'
import { summarise, summaryLimits } from './summary'

const readers = only(['admin', 'desktop'], 'The audit is read with the admin token.')
const Filters = AuditQuery.omit({ limit: true, cursor: true })
/** Rows read from the store at a time while exporting. */
const exportPageRows = 1000

const list = createRoute({
  method: 'get',
  path: '/',
  middleware: readers,
  request: { query: AuditQuery },
  responses: { 200: json(AuditPage, 'Newest first') },
})
const exportAll = createRoute({
  method: 'get',
  path: '/export',
  middleware: readers,
  request: { query: Filters },
  responses: { 200: { description: 'application/x-ndjson: every matching row, newest first, one JSON object on each line' } },
})

const summary = createRoute({
  method: 'get',
  path: '/summary',
  middleware: readers,
  summary: 'Count the matching calls',
  description: `By outcome, server and client, among the newest ${summaryLimits.rows.toLocaleString('en')} calls; \`complete\` says whether there were more.`,
  request: { query: Filters },
  responses: { 200: json(AuditSummary, 'The counts') },
})

/** `/admin/audit`: rows as they are stored, secrets masked. */
export const auditRoutes = (audit: AuditTable) =>
  newRoutes()
    .openapi(list, (c) => c.json(audit.query(c.req.valid('query')), 200))
    .openapi(summary, async (c) => c.json(await summarise(audit, c.req.valid('query')), 200))
    .openapi(exportAll, (c) =>
      c.body(exportLines(audit, c.req.valid('query')), 200, {
        'content-type': 'application/x-ndjson',
        'content-disposition': 'attachment; filename="audit.jsonl"',
      }),
    )
export type AuditRoutes = ReturnType<typeof auditRoutes>

/** Reads page by page as fast as the reader takes it; the first page at once, so that a bad query is answered as an error. */
function exportLines(audit: AuditTable, filters: AuditFilter): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let page = audit.query({ ...filters, limit: exportPageRows })
  return new ReadableStream({
    pull(controller) {
      if (page.entries.length > 0) controller.enqueue(encoder.encode(toLines(page.entries)))
      if (page.next_cursor === null) controller.close()
      else page = audit.query({ ...filters, limit: exportPageRows, cursor: page.next_cursor })
    },
  })
}

const toLines = (entries: readonly AuditEntry[]) => entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
