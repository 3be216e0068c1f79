import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { configFromValues } from '../../src/main/gateway/config-file'
import { createGateway } from '../../src/main/gateway/gateway'
import { maxFailures } from '../../src/main/gateway/http/guards'
import { bearer, initializeMessage, postMcp } from '../support/gateway-http'
import { askAdmin, withTheTest } from '../support/gateway-rig'

/** Of a request that comes from another address of this machine. */
async function statusFrom(localAddress: string, url: string, token: string): Promise<number | undefined> {
  const asked = get(url, { localAddress, headers: bearer(token) })
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  answer.resume()
  return answer.statusCode
}

describe('law 2: every route but /health wants a token', () => {
  it('also when an edit of the config takes it away where the gateway listens to a network', async () => {
    const config = configFromValues({ mcp_auth: 'token' })
    const gateway = createGateway({ config })
    withTheTest(() => gateway.close())
    const { port } = await gateway.listen({ host: '0.0.0.0', port: 0 })
    await config.save({ mcp_auth: 'none' })
    expect(config.current().mcp_auth).toBe('none')
    expect((await postMcp(`http://127.0.0.1:${port}/mcp`, initializeMessage())).status).toBe(401)
  })

  it('and a reference that nobody has resolved is not itself the admin token', async () => {
    const gateway = createGateway({ config: { admin_token: '${env:MY_ADMIN_TOKEN}' } })
    withTheTest(() => gateway.close())
    const { adminUrl } = await gateway.listen({ port: 0 })
    expect((await askAdmin(adminUrl)('GET', '/servers', undefined, '${env:MY_ADMIN_TOKEN}')).status).toBe(401)
  })
})

describe('law 3: a credential that a person made short', () => {
  it('cannot be found by trying, nor can a long one be locked out', async () => {
    const gateway = createGateway({ adminToken: 'a-token-that-is-long-enough', approverToken: '4711' })
    withTheTest(() => gateway.close())
    const listening = await gateway.listen({ port: 0 })
    const admin = askAdmin(listening.adminUrl)
    const status = async (token: string) => (await admin('GET', '/servers/none', undefined, token)).status
    expect(await status('4711')).toBe(404)
    for (let n = 0; n < maxFailures; n++) expect(await status(String(1000 + n))).toBe(401)
    expect(await status('4711')).toBe(429)
    expect(await statusFrom('127.0.0.9', `${listening.adminUrl}/servers/none`, '4711')).toBe(429)
    expect(await status('a-token-that-is-long-enough')).toBe(404)
  })
})

describe('law 7: fail closed', () => {
  it.each([
    ['a denial', { deny: ['*_delete*'] }],
    ['a confirmation', { confirm: ['*'] }],
    ['a rule', { rules: [{ effect: 'ask' as const, tool: '*' }] }],
    ['a default', { default: 'deny' as const }],
  ])('a policy with %s that nothing enforces keeps the gateway from starting', async (_what, said) => {
    const policy = { deny: [], audit: true, rules: [], default: 'allow' as const, ...said }
    const gateway = createGateway({ config: { policy } })
    await expect(gateway.ready).rejects.toMatchObject({ code: 'config.invalid' })
    await gateway.close()
  })

  it('while one that says nothing, or that somebody enforces, does not', async () => {
    const policy = { deny: ['*'], audit: true, rules: [], default: 'allow' as const }
    const enforced = [createGateway(), createGateway({ config: { policy }, hooks: { preToolCall: () => undefined } })]
    for (const gateway of enforced) {
      await gateway.ready
      await gateway.close()
    }
  })
})

describe('law 3: who asks is shown to the person who decides', () => {
  it.each(['admin', 'Library', 'ａｄｍｉｎ', 'ᴬdmin', 'desk\u200btop'])(
    'so no client is called %j, like a door of the gateway itself',
    async (name) => {
      const gateway = createGateway()
      withTheTest(() => gateway.close())
      await gateway.ready
      expect(() => gateway.clients.create({ name })).toThrow(/choose another name|invisible/)
    },
  )
})

describe('the window for browsers', () => {
  const visit = (url: string, headers: Record<string, string> = {}) =>
    fetch(url, { redirect: 'manual', headers: { accept: 'text/html,*/*', ...headers } })

  it('is where a browser is led that was sent to an approval, and no program is', async () => {
    const gateway = createGateway({ adminToken: 'a-token-that-is-long-enough' })
    withTheTest(() => gateway.close())
    const { adminUrl } = await gateway.listen({ port: 0 })
    const led = await visit(`${adminUrl}/hil/pending/abc-1`)
    expect([led.status, led.headers.get('location')]).toEqual([302, '../../../ui/#/approvals/abc-1'])
    expect((await visit(`${adminUrl}/hil`)).headers.get('location')).toBe('../ui/#/approvals')
    expect((await fetch(`${adminUrl}/hil/pending`, { headers: { accept: 'application/json' } })).status).toBe(401)
    expect((await visit(`${adminUrl}/hil/pending/abc-1`, bearer('a-token-that-is-long-enough'))).status).not.toBe(302)
  })

  it('is led nowhere else, whatever the address says', async () => {
    const gateway = createGateway({})
    withTheTest(() => gateway.close())
    const { adminUrl } = await gateway.listen({ port: 0 })
    for (const path of ['/hil/pending//evil.example', '/hil/pending/%2f%2fevil.example', '/hil/grants', '/hil/pending/a/approve', '/hilx'])
      expect((await visit(adminUrl + path)).status).toBe(401)
  })
})
