// `tools/list` of 500 tools: CPU of the gateway, and the median until the list is there and parsed.
import { medianOf } from '../figures.mjs'
import { interleave, measure, openSession, withLanes } from '../lanes.mjs'

const tools = 500

/** @param {import('../plan.mjs').Plan} plan */
export const lists = (plan) =>
  withLanes({ mode: plan.mode ?? 'raw', tools, lanes: ['direct', 'floor', 'sdk', 'ours'] }, async (lanes) => {
    const sessions = new Map()
    for (const lane of Object.values(lanes)) {
      const session = await openSession(lane)
      const names = new Set((await session.listTools()).map(({ name }) => name))
      for (let i = 0; i < tools - 1; i++) if (!names.has(lane.toolName(0, `echo_${i}`))) throw new Error(`${lane.name} lacks tool ${i}.`)
      sessions.set(lane, session)
    }
    const samples = await interleave(lanes, plan, (lane) =>
      measure(lane, () => sessions.get(lane).listTools(), { concurrency: 1, ms: plan.ms }),
    )
    return {
      figures: {
        list_cpu_ms: medianOf(samples.ours, 'cpuUs') / 1000,
        list_cpu_ms_sdk: medianOf(samples.sdk, 'cpuUs') / 1000,
        list_ms: medianOf(samples.ours, 'p50'),
      },
      samples: { 'tools/list of 500': samples },
    }
  })
