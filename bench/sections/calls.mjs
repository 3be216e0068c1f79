// Small calls at 1, 16 and 64 at a time: CPU of the gateway, throughput, what is added to the median.
import { difference, ratio } from '../figures.mjs'
import { interleave, measure, openSession, withLanes } from '../lanes.mjs'

const text = 'hello from the benchmark'

/** @typedef {import('../lanes.mjs').Lane} Lane */

/** @param {import('../plan.mjs').Plan} plan */
export const calls = (plan) =>
  withLanes({ mode: plan.mode ?? 'raw', lanes: ['direct', 'floor', 'sdk', 'ours', 'ours, audit off'] }, async (lanes) => {
    const sessions = new Map()
    for (const lane of Object.values(lanes)) sessions.set(lane, await openSession(lane))
    const run = async (/** @type {number} */ concurrency) =>
      interleave(lanes, plan, (lane) =>
        measure(lane, () => sessions.get(lane).call(lane.toolName(0, 'echo_0'), text), { concurrency, ms: plan.ms }),
      )
    const [one, sixteen, sixtyFour] = [await run(1), await run(16), await run(64)]
    return {
      figures: {
        cpu_vs_floor: ratio(sixteen.ours, sixteen.floor, 'cpuUs'),
        cpu_vs_floor_audit_off: ratio(sixteen['ours, audit off'], sixteen.floor, 'cpuUs'),
        cpu_vs_sdk: ratio(sixteen.ours, sixteen.sdk, 'cpuUs'),
        rate_16_vs_direct: ratio(sixteen.ours, sixteen.direct, 'perSecond'),
        rate_64_vs_direct: ratio(sixtyFour.ours, sixtyFour.direct, 'perSecond'),
        rate_16_vs_sdk: ratio(sixteen.ours, sixteen.sdk, 'perSecond'),
        rate_64_vs_sdk: ratio(sixtyFour.ours, sixtyFour.sdk, 'perSecond'),
        added_ms: difference(one.ours, one.direct, 'p50'),
        added_ms_audit_off: difference(one['ours, audit off'], one.direct, 'p50'),
        added_ms_sdk: difference(one.sdk, one.direct, 'p50'),
      },
      samples: { 'small calls at 1': one, 'small calls at 16': sixteen, 'small calls at 64': sixtyFour },
    }
  })
