import { describe, expect, it } from 'vitest'
import { configFromValues } from '../../src/main/gateway/config-file'
import { createGateway } from '../../src/main/gateway/gateway'
import { initializeMessage, postMcp } from '../support/gateway-http'
import { askAdmin, withTheTest } from '../support/gateway-rig'

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
