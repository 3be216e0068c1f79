// Results of 1 MB: what is added to the median of one call, and throughput at 8.
import { bigLength } from '../fixture.mjs'
import { difference, ratio } from '../figures.mjs'
import { interleave, measure, openSession, withLanes } from '../lanes.mjs'

/** @param {import('../plan.mjs').Plan} plan */
export const bigResults = (plan) =>
  withLanes({ mode: plan.mode ?? 'raw', lanes: ['direct', 'floor', 'sdk', 'ours'] }, async (lanes) => {
    const sessions = new Map()
    for (const lane of Object.values(lanes)) sessions.set(lane, await openSession(lane))
    const run = async (/** @type {number} */ concurrency) =>
      interleave(lanes, plan, (lane) =>
        measure(lane, () => sessions.get(lane).call(lane.toolName(0, 'big'), '', bigLength), { concurrency, ms: plan.ms }),
      )
    const [one, eight] = [await run(1), await run(8)]
    return {
      figures: {
        big_added_ms: difference(one.ours, one.direct, 'p50'),
        big_added_ms_sdk: difference(one.sdk, one.direct, 'p50'),
        big_rate_vs_direct: ratio(eight.ours, eight.direct, 'perSecond'),
        big_rate_sdk_vs_direct: ratio(eight.sdk, eight.direct, 'perSecond'),
      },
      samples: { '1 MB results at 1': one, '1 MB results at 8': eight },
    }
  })
