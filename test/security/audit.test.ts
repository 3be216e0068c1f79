import { describe, expect, it } from 'vitest'
import { openRawSession } from '../support/gateway-http'
import { canonicalJson } from '../../src/shared/canonical-json'
import { redact } from '../../src/shared/redact'
import { openRig } from '../support/gateway-rig'
import { openToolServer } from '../support/gateway-upstream'
import { json } from '../support/http-upstream'

async function open() {
  const rig = await openRig({ demo: true })
  await rig.until(() => rig.gateway.servers.list().every((server) => server.state === 'ready'))
  const { token } = rig.gateway.clients.create({ name: 'agent' })
  return { rig, agent: await openRawSession(rig.listening.endpoint, { token }) }
}

describe('law 9: what a client makes up fills no row of the audit', () => {
  it('the name of a tool that does not exist is cut, and holds no secret', async () => {
    const { rig, agent } = await open()
    await agent.call(`x${'y'.repeat(1_000_000)}`)
    await agent.call('ghp_abcdefghijklmnopqrstuvwxyz0123456789')
    const rows = await rig.audit()
    expect(rows.map((row) => row.outcome)).toEqual(['denied', 'denied'])
    for (const row of rows) expect(row.tool.length).toBeLessThanOrEqual(200)
    expect(JSON.stringify(rows)).not.toContain('abcdefghijklmnop')
  })
})

describe('a call that its upstream fails with megabytes that look like a secret', () => {
  it('has its outcome written down, and the caller is told what the upstream said', async () => {
    const message = `bearer ${'x'.repeat(8_000_000)}`
    const upstream = await openToolServer({
      say({ got, res }) {
        res.writeHead(200, json).end(JSON.stringify({ jsonrpc: '2.0', id: got.message.id, error: { code: -1, message } }))
      },
    })
    const rig = await openRig({ config: { mcp_auth: 'none' } })
    await rig.add({ name: 'up', url: upstream.url })
    const { error } = await (await openRawSession(rig.listening.endpoint)).call('up_say')
    expect([error?.code, error?.message === message]).toEqual([-1, true])
    expect(await rig.audit()).toMatchObject([{ outcome: 'error', error: 'bearer [redacted]' }])
    expect(rig.events.filter(({ event }) => event === 'audit.appended')).toHaveLength(1)
  })
})

describe('law 7: a call that cannot be written down is not made', () => {
  it.each([
    [20_000, '1'],
    [200_000, '12345678901234567890'],
  ])('nor are arguments too deep to be written, by the REST door: %i levels around %s', async (levels, leaf) => {
    const { rig } = await open()
    const deep = '{"a":'.repeat(levels) + leaf + '}'.repeat(levels)
    const response = await fetch(`${rig.listening.adminUrl}/tools/demo_echo/call`, {
      method: 'POST',
      headers: { authorization: 'Bearer admin-token-of-the-tests', 'content-type': 'application/json' },
      body: `{"arguments":{"message":${deep}}}`,
    })
    expect([response.status, ((await response.json()) as { code?: string }).code]).toEqual([400, 'input.too_deep'])
  })
})

describe('law 9: arguments of four megabytes that are all structure', () => {
  const fields = JSON.parse(`{${Array.from({ length: 200_000 }, (_, n) => `"k${n}":1`).join(',')}}`) as Record<string, unknown>

  it('are looked at for secrets up to a limit, and what is beyond is not kept', () => {
    const kept = redact({ ...fields, password: 'hunter2' }) as Record<string, unknown>
    expect(Object.keys(kept).length).toBeLessThanOrEqual(20_001)
    expect(kept['[cut]']).toBeGreaterThan(180_000)
    expect(JSON.stringify(kept)).not.toContain('hunter2')
    expect(redact({ password: 'hunter2', ...fields })).toMatchObject({ password: '[redacted]' })
  })

  it('are hashed like any others', () => {
    const text = canonicalJson(fields)
    expect(JSON.parse(text)).toEqual(fields)
    expect(text.startsWith('{"k0":1,"k1":1,"k10":1,')).toBe(true)
  })
})
