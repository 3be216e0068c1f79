// How a call's cost grows from 1 to 10 to 100 upstreams. The calls go to all of them by turns.
import { ratio } from '../figures.mjs'
import { interleave, measure, openSession, ourLane, withFixture } from '../lanes.mjs'

const counts = /** @type {const} */ ([1, 10, 100])
const text = 'hello from the benchmark'

/** @param {import('../plan.mjs').Plan} plan */
export const growth = (plan) =>
  withFixture({ mode: plan.mode ?? 'raw', tools: 50, count: 100 }, async (upstreams) => {
    const lanes = /** @type {Record<`${typeof counts[number]}`, import('../lanes.mjs').Lane>} */ ({})
    try {
      for (const count of counts) lanes[`${count}`] = await ourLane(`${count} upstreams`, upstreams.slice(0, count))
      const sessions = new Map()
      for (const count of counts) {
        const lane = lanes[`${count}`]
        const session = await openSession(lane)
        // The first call opens the session's own connection to that upstream.
        for (let upstream = 0; upstream < count; upstream++) await session.call(lane.toolName(upstream, 'echo_0'), text)
        sessions.set(lane, { count, turn: 0, session })
      }
      const call = async (/** @type {import('../lanes.mjs').Lane} */ lane) => {
        const state = sessions.get(lane)
        await state.session.call(lane.toolName(state.turn++ % state.count, 'echo_0'), text)
      }
      const run = (/** @type {number} */ concurrency) =>
        interleave(lanes, plan, (lane) => measure(lane, () => call(lane), { concurrency, ms: plan.ms }))
      const [one, sixteen] = [await run(1), await run(16)]
      return {
        figures: {
          growth: ratio(one['100'], one['1'], 'p50'),
          growth_10: ratio(one['10'], one['1'], 'p50'),
          growth_cpu: ratio(sixteen['100'], sixteen['1'], 'cpuUs'),
        },
        samples: { 'upstreams, at 1': one, 'upstreams, at 16': sixteen },
      }
    } finally {
      for (const lane of Object.values(lanes)) await lane.close()
    }
  })
