/*
 * Start and rest of the app beside an empty one, by turns: a machine that swings swings for both. Each start is of a new process on a
 * folder that was used before, with 20 servers registered, whose upstreams are there.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from '../figures.mjs'
import { startApp, within } from './apps.mjs'
import { attachToPage } from './debugger.mjs'
import { memoryOf } from './processes.mjs'

/** @typedef {import('./apps.mjs').LaidOut} LaidOut */
/** @typedef {{ trayMs: number, windowMs: number, mainMb: number, appMb: number }} Start */

/** When the page first showed something, on the machine's clock. */
const firstContent = `performance.timeOrigin + performance.getEntriesByName('first-contentful-paint')[0].startTime`

/**
 * @param {import('./apps.mjs').Apps} apps
 * @param {string} ourData prepared by us
 * @param {import('./session-bus.mjs').Arrivals} panel
 * @param {{ warmUps: number, starts: number, idleMs: number }} plan
 */
export async function compareStarts(apps, ourData, panel, { warmUps, starts, idleMs }) {
  const emptyData = mkdtempSync(join(tmpdir(), 'fast-gateway-bench-'))
  const lanes = { ours: { app: apps.ours, data: ourData }, empty: { app: apps.empty, data: emptyData } }
  /** @type {{ ours: Start[], empty: Start[] }} */
  const rounds = { ours: [], empty: [] }
  try {
    for (let round = 0; round < warmUps + starts; round++) {
      for (const name of round % 2 === 0 ? /** @type {const} */ (['ours', 'empty']) : /** @type {const} */ (['empty', 'ours'])) {
        const start = await measureStart(lanes[name].app, lanes[name].data, panel, idleMs)
        if (round >= warmUps) rounds[name].push(start)
      }
    }
  } finally {
    rmSync(emptyData, { recursive: true, force: true, maxRetries: 5 })
  }
  return { figures: figuresOf(rounds), rounds }
}

/** @param {LaidOut} app @param {string} data @param {import('./session-bus.mjs').Arrivals} panel @param {number} idleMs @returns {Promise<Start>} */
async function measureStart(app, data, panel, idleMs) {
  const running = startApp(app, data)
  try {
    const iconAt = await within(panel.next(), 'The icon in the tray')
    await new Promise((done) => setTimeout(done, idleMs))
    const { main, app: whole } = memoryOf(running.pid)
    // What the page noted when it began is read only now: nobody looked on.
    const page = await attachToPage(await within(running.browser, "Chromium's debugger"))
    const contentAt = await page.evaluate(firstContent)
    page.close()
    return { trayMs: iconAt - running.startedAt, windowMs: contentAt - running.startedAt, mainMb: main, appMb: whole }
  } finally {
    await running.end()
  }
}

/** @param {{ ours: Start[], empty: Start[] }} rounds */
function figuresOf({ ours, empty }) {
  /** @param {keyof Start} what @param {(ours: number, empty: number) => number} compare */
  const beside = (what, compare) => median(ours.map((start, i) => compare(start[what], empty[i]?.[what] ?? Number.NaN)))
  const of = (/** @type {Start[]} */ starts, /** @type {keyof Start} */ what) => median(starts.map((start) => start[what]))
  return {
    tray_vs_empty: beside('trayMs', (a, b) => a / b),
    window_vs_empty: beside('windowMs', (a, b) => a / b),
    main_more_mb: beside('mainMb', (a, b) => a - b),
    app_more_mb: beside('appMb', (a, b) => a - b),
    ...{ tray_ms: of(ours, 'trayMs'), tray_ms_empty: of(empty, 'trayMs') },
    ...{ window_ms: of(ours, 'windowMs'), window_ms_empty: of(empty, 'windowMs') },
    ...{ main_mb: of(ours, 'mainMb'), main_mb_empty: of(empty, 'mainMb') },
    ...{ app_mb: of(ours, 'appMb'), app_mb_empty: of(empty, 'appMb') },
  }
}
