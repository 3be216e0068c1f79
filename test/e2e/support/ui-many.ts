import { join } from 'node:path'
import type { Page } from '@playwright/test'
import type * as Library from '../../../src/main/library'
import { startServer } from './server'
import type { Ui } from './ui-window'

const program = join(import.meta.dirname, '../../../out/main/library.js')

/** Rows that are handed to the store at a time. */
const chunk = 10_000

/** Writes so many calls into the audit of a data folder, by the product's own store: one each 10 seconds up to now. */
export async function writeCalls(data: string, many: number): Promise<void> {
  const { createSqliteStore } = (await import(program)) as typeof Library
  const store = createSqliteStore({ file: join(data, 'gateway.db') })
  store.open()
  const now = Date.now()
  for (let first = 0; first < many; first += chunk) {
    const rows = Array.from({ length: Math.min(chunk, many - first) }, (_, index) =>
      call(first + index, now - (many - first - index) * 10_000),
    )
    await Promise.all(rows.map((row) => store.audit.append(row)))
  }
  store.close()
}

function call(number: number, at: number): Omit<Library.AuditEntry, 'id'> {
  const denied = number % 10 === 0
  return {
    at: new Date(at).toISOString(),
    ...{ client: `client-${number % 7}`, session_id: null, group: null, server: `server-${number % 20}`, tool: `tool_${number % 300}` },
    ...{ door: 'mcp', arguments: JSON.stringify({ path: `/notes/${number}`, text: 'x'.repeat(200) }), arguments_hash: 'a'.repeat(64) },
    ...{ decision: denied ? 'deny' : 'allow', decided_by: 'default', outcome: denied ? 'denied' : 'ok' },
    ...{ duration_ms: denied ? null : number % 500, request_bytes: 220, result_bytes: denied ? null : 300, error: null },
  }
}

/** Real MCP servers that offer so many tools together. */
export async function offerTools(ui: Ui, servers: number, each: number): Promise<{ stop(): Promise<void> }> {
  const names = Array.from({ length: each }, (_, index) => `read_the_thing_number_${index}`)
  const started = await Promise.all(Array.from({ length: servers }, () => startServer(names)))
  for (const [index, { url }] of started.entries()) await ui.ask('POST', '/servers', { name: `server-${index}`, url })
  return { stop: async () => void (await Promise.all(started.map((server) => server.close()))) }
}

/** Milliseconds from the change of the address until the first row of the list is painted. */
export const firstPaint = (page: Page, place: string, row: string): Promise<number> =>
  page.evaluate(
    async ([to, selector]) => {
      const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve))
      const start = performance.now()
      location.hash = to
      while (document.querySelector(selector) === null) await frame()
      await frame() // it was painted before this one begins
      return performance.now() - start
    },
    [place, row] as const,
  )

export interface Scrolled {
  /** Milliseconds of the longest task; 0: none was longer than 50 ms, from which on they are told. */
  readonly longestTaskMs: number
  readonly pixels: number
}

/** Scrolls a list, a step in every frame, and watches for tasks that keep the page from answering. */
export const scroll = (page: Page, list: string, frames: number, step: number): Promise<Scrolled> =>
  page.evaluate(
    async ([selector, many, pixels]) => {
      const scroller = document.querySelector(selector)
      if (scroller === null) throw new Error(`There is no ${selector}.`)
      const tasks: number[] = []
      const observer = new PerformanceObserver((seen) => tasks.push(...seen.getEntries().map(({ duration }) => duration)))
      observer.observe({ type: 'longtask' })
      for (let frame = 1; frame <= many; frame++) {
        scroller.scrollTop = frame * pixels
        await new Promise(requestAnimationFrame)
      }
      await new Promise((told) => setTimeout(told, 100)) // tasks are told of after they ended
      observer.disconnect()
      return { longestTaskMs: Math.max(0, ...tasks), pixels: scroller.scrollTop }
    },
    [list, frames, step] as const,
  )
