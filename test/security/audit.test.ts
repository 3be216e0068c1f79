import { describe, expect, it } from 'vitest'
import { openRawSession } from '../support/gateway-http'
import { openRig } from '../support/gateway-rig'

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

describe('law 7: a call that cannot be written down is not made', () => {
  it('nor are arguments too deep to be written, by the REST door', async () => {
    const { rig } = await open()
    const deep = '{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000)
    const response = await fetch(`${rig.listening.adminUrl}/tools/demo_echo/call`, {
      method: 'POST',
      headers: { authorization: 'Bearer admin-token-of-the-tests', 'content-type': 'application/json' },
      body: `{"arguments":{"message":${deep}}}`,
    })
    expect([response.status, ((await response.json()) as { code?: string }).code]).toEqual([400, 'input.too_deep'])
  })
})
