import { afterEach, describe, expect, it } from 'vitest'
import { createOpenLink } from '../../../src/main/gateway/mcp/open-link'
import { createUpstream, trustHash, type Upstream } from '../../../src/main/gateway/mcp/upstream'
import { FakeGateway, reached } from '../../support/upstream-doubles'
import { callText, isAlive, serverRecord } from '../../support/upstream-rig'

let upstream: Upstream
afterEach(() => upstream.close())

function begin(given: Parameters<typeof serverRecord>[0] = {}): FakeGateway {
  const gateway = new FakeGateway()
  gateway.openLink = createOpenLink({ http: () => Promise.reject(new Error('not used')) })
  gateway.dice = 0
  const record = serverRecord(given)
  upstream = createUpstream({ ...record, trusted_hash: trustHash(record) }, gateway)
  upstream.start()
  return gateway
}

describe('a supervised child process', () => {
  it('is started again when it dies, and its dying call is told', async () => {
    const gateway = begin()
    await reached(gateway, 'ready')
    const link = await upstream.sharedLink()
    const first = Number(await callText(link, 'pid'))
    await expect(callText(link, 'kill')).rejects.toMatchObject({ code: 'upstream.closed' })
    await reached(gateway, 'ready', 2)
    expect(gateway.states).toEqual(['connecting', 'ready', 'degraded', 'ready'])
    expect(Number(await callText(await upstream.sharedLink(), 'pid'))).not.toBe(first)
  })

  it('is introspected anew when it says that its lists changed, while calls go on', async () => {
    const gateway = begin()
    await reached(gateway, 'ready')
    const link = await upstream.sharedLink()
    const running = callText(link, 'progress', {}, { progress: true })
    await callText(link, 'change')
    expect(await upstream.refresh()).toBe(true)
    expect(await running).toBe('number')
    await expect.poll(() => gateway.catalogs.length, { timeout: 5_000 }).toBeGreaterThanOrEqual(3)
    expect(gateway.catalogs.at(-1)?.tools[0]?.name).not.toBe('listed-1')
    expect(await upstream.sharedLink()).toBe(link)
  })

  it('is failed with its last words when it exits at once', async () => {
    const gateway = begin({ args: [...serverRecord().args.slice(0, 1), 'exit'] })
    await reached(gateway, 'failed')
    expect(upstream.status().reason).toContain('exited with code 3; it said: first line')
  })

  it('ends with its upstream', async () => {
    const gateway = begin()
    await reached(gateway, 'ready')
    const pid = Number(await callText(await upstream.sharedLink(), 'pid'))
    await upstream.close()
    expect(isAlive(pid)).toBe(false)
  })
})
