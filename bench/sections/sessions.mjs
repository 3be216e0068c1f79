// New sessions one after the other, and 200 of them at 64 calls at a time, before an upstream as most are: made of the SDK, sending events.
import { medianOf, ratio, sampleOf } from '../figures.mjs'
import { interleave, measure, openSession, withLanes } from '../lanes.mjs'

const many = 200
const text = 'hello from the benchmark'

/** @typedef {import('../lanes.mjs').Lane} Lane */

/** @param {import('../plan.mjs').Plan} plan */
export const sessions = (plan) =>
  withLanes({ mode: plan.mode ?? 'sse', lanes: ['direct', 'floor', 'sdk', 'ours'] }, async (lanes) => {
    const opened = await interleave(lanes, plan, (lane) => openAndClose(lane, plan.ms))
    const pools = new Map()
    for (const lane of Object.values(lanes)) pools.set(lane, await openMany(lane))
    const called = await interleave(lanes, plan, (lane) => {
      const open = pools.get(lane)
      let turn = 0
      return measure(lane, () => open[turn++ % many].call(lane.toolName(0, 'echo_0'), text), { concurrency: 64, ms: plan.ms })
    })
    return {
      figures: {
        session_ms: medianOf(opened.ours, 'p50'),
        many_sessions_vs_direct: ratio(called.ours, called.direct, 'perSecond'),
        many_sessions_sdk_vs_direct: ratio(called.sdk, called.direct, 'perSecond'),
        many_sessions_floor_vs_direct: ratio(called.floor, called.direct, 'perSecond'),
      },
      samples: { 'new sessions': opened, '200 sessions at 64': called },
    }
  })

/** initialize and initialized are timed; the goodbye is not. @param {Lane} lane @param {number} ms */
async function openAndClose(lane, ms) {
  const latencies = []
  const started = performance.now()
  while (performance.now() - started < ms) {
    const begun = performance.now()
    const session = await openSession(lane)
    latencies.push(performance.now() - begun)
    await session.close()
  }
  return sampleOf(latencies, (performance.now() - started) / 1000)
}

/** Each has made its first call, and so has its upstream connections. @param {Lane} lane */
async function openMany(lane) {
  const open = []
  for (let i = 0; i < many; i++) open.push(await openSession(lane))
  for (const session of open) await session.call(lane.toolName(0, 'echo_0'), text)
  return open
}
