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
  /** Milliseconds that the page was busy with its longest task: time of its own on the processor. */
  readonly longestTaskMs: number
  /** Milliseconds that one took by the clock, in which other programs may have run. */
  readonly longestByClockMs: number
  readonly pixels: number
}

/** Scrolls a list, a step in every frame, and traces what the page does meanwhile. */
export async function scroll(page: Page, list: string, frames: number, step: number): Promise<Scrolled> {
  let pixels = 0
  const tasks = await tasksDuring(page, async () => {
    pixels = await page.evaluate(
      async ([selector, many, each]) => {
        const scroller = document.querySelector(selector)
        if (scroller === null) throw new Error(`There is no ${selector}.`)
        for (let frame = 1; frame <= many; frame++) {
          scroller.scrollTop = frame * each
          await new Promise(requestAnimationFrame)
        }
        return scroller.scrollTop
      },
      [list, frames, step] as const,
    )
  })
  if (tasks.length < frames) throw new Error('The trace does not have the tasks of the page.')
  const longest = (of: (task: Task) => number) => Math.max(...tasks.map(of)) / 1000
  return { longestTaskMs: longest(({ tdur }) => tdur), longestByClockMs: longest(({ dur }) => dur), pixels }
}

/** An event of Chromium's trace; microseconds by the clock and on the processor. */
interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  readonly dur?: number
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}
type Task = TraceEvent & { readonly dur: number; readonly tdur: number }

/** The tasks of pages' main threads while something is done, from the trace that Chromium makes of itself. */
async function tasksDuring(page: Page, work: () => Promise<void>): Promise<Task[]> {
  const tracing = await page.context().newCDPSession(page)
  const events: TraceEvent[] = []
  tracing.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])))
  await tracing.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['toplevel'] } })
  await work()
  const ended = new Promise((resolve) => tracing.once('Tracing.tracingComplete', resolve))
  await tracing.send('Tracing.end')
  await ended
  await tracing.detach()
  const place = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`
  const mains = new Set(events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(place))
  const isTask = (event: TraceEvent): event is Task => event.name.endsWith('RunTask') && event.dur !== undefined && event.tdur !== undefined
  return events.filter((event) => mains.has(place(event))).filter(isTask)
}
