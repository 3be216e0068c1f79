/*
 * The app at work, in one start of it: calls that ask, one after another, until their notification; then 200 calls/s at an even pace,
 * while the main process watches its event loop and the window its frames.
 */
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { McpSession, openPool } from '../client.mjs'
import { median, percentile } from '../figures.mjs'
import { approverOf } from '../gateway.mjs'
import { startApp, within } from './apps.mjs'
import { attach, attachToPage } from './debugger.mjs'

const perSecond = 200
/** More than three within ten seconds are told together, so they come no faster. */
const askEveryMs = 3_500
const resolutionMs = 1

/** @typedef {{ endpoint: string, token: string, upstreams: number, tools: number }} Gateway */
/** @typedef {{ asks: number, loadMs: number }} Plan */

/** Node's own histogram; `process` is there in the debugger, `import` is not. */
const watchLoop = `globalThis.loop = process.getBuiltinModule('node:perf_hooks').monitorEventLoopDelay({ resolution: ${resolutionMs} }); loop.enable()`
const readLoop = `loop.disable(); ({ p99: loop.percentile(99) / 1e6, max: loop.max / 1e6 })`
/** By the clock rather than by the time that the frame was due, which hides a late one. */
const watchFrames = `globalThis.gaps = []; globalThis.last = performance.now()
  globalThis.frame = () => { const now = performance.now(); gaps.push(now - last); last = now; requestAnimationFrame(frame) }
  requestAnimationFrame(frame); 0`

/**
 * @param {import('./apps.mjs').LaidOut} app
 * @param {import('../gateway.mjs').Home} home
 * @param {import('./session-bus.mjs').Arrivals} notifications
 * @param {{ upstreams: number, tools: number } & Plan} plan
 */
export async function measureWork(app, home, notifications, plan) {
  const running = startApp(app, home.folder, '--inspect=0')
  const main = await attach(await within(running.node, "Node's debugger"))
  const page = await attachToPage(await within(running.browser, "Chromium's debugger"))
  const endpoint = await endpointOf(home.folder)
  const pool = openPool(endpoint)
  try {
    const session = await new McpSession(pool, home.token).open()
    const asks = await timeAsks(session, approverOf(endpoint), notifications, plan.asks)
    await Promise.all([main.evaluate(watchLoop), page.evaluate(watchFrames)])
    const load = await callAtPace(session, plan)
    const loop = await main.evaluate(readLoop)
    const gaps = await page.evaluate('gaps')
    return {
      figures: {
        ask_ms: median(asks),
        ...{ loop_delay_ms: loop.p99 - resolutionMs, loop_delay_max_ms: loop.max - resolutionMs },
        ...{ frame_gap_ms: percentile(gaps, 0.99), frame_gap_max_ms: Math.max(...gaps) },
        load_per_second: load,
      },
      asks,
    }
  } finally {
    for (const attached of [main, page]) attached.close()
    await pool.destroy()
    await running.end()
  }
}

/** The port that the app took at its first start. @param {string} folder */
async function endpointOf(folder) {
  const { port } = JSON.parse(readFileSync(join(folder, 'gateway.json'), 'utf8'))
  for (let tries = 0; tries < 300; tries++) {
    const health = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined)
    if (health?.ok) return `http://127.0.0.1:${port}/mcp`
    await new Promise((done) => setTimeout(done, 50))
  }
  throw new Error(`The app does not answer on port ${port}.`)
}

/**
 * @param {McpSession} session
 * @param {ReturnType<typeof approverOf>} approver
 * @param {import('./session-bus.mjs').Arrivals} notifications
 * @param {number} count
 */
async function timeAsks(session, approver, notifications, count) {
  const times = []
  for (let i = 0; i < count; i++) {
    const began = Date.now()
    const call = session.request('tools/call', { name: 'u0_echo_1', arguments: { text: `question ${i}` } })
    call.catch(() => undefined) // what happened to it is said below, or by what did not come
    times.push((await within(notifications.next(), 'The notification')) - began)
    const [pending] = await approver('GET', '/hil/pending')
    await approver('POST', `/hil/pending/${pending.id}/deny`, {})
    await call
    await new Promise((done) => setTimeout(done, askEveryMs))
  }
  return times
}

/** An even pace whatever the answers do: who waits for slow ones asks less. @param {McpSession} session @param {{ upstreams: number, tools: number, loadMs: number }} plan */
async function callAtPace(session, { upstreams, tools, loadMs }) {
  const began = performance.now()
  /** @type {Promise<number>[]} */
  const calls = []
  let answeredAt = began
  while (performance.now() - began < loadMs) {
    const due = ((performance.now() - began) / 1000) * perSecond
    while (calls.length < due) {
      const turn = calls.length
      const tool = 2 + (Math.floor(turn / upstreams) % (tools - 3))
      calls.push(session.call(`u${turn % upstreams}_echo_${tool}`, `call number ${turn}`).then(() => (answeredAt = performance.now())))
    }
    await new Promise((done) => setTimeout(done, 2))
  }
  await Promise.all(calls)
  return calls.length / ((answeredAt - began) / 1000)
}
