import { describe, expect, it } from 'vitest'
import { resolveHeaders, resolveSecrets, type SecretSources } from '../../src/main/gateway/secrets'
import { openAdminToken } from '../../src/main/gateway/tokens'
import { configFromValues } from '../../src/main/gateway/config-file'

const env = { FAST_GATEWAY_APPROVER_TOKEN: 'the-approver-credential', FAST_GATEWAY_ADMIN_TOKEN: 'the-admin-token', KEY: 'a-key' }
const sources: SecretSources = { env, vars: {}, vault: null, folder: '/' }

describe("law 3: the gateway's own credentials cannot be had by reference", () => {
  it.each(['FAST_GATEWAY_APPROVER_TOKEN', 'FAST_GATEWAY_ADMIN_TOKEN', 'fast_gateway_approver_token', 'FAST_GATEWAY_VAULT_KEY'])(
    'a server of whoever holds the admin token is not sent ${env:%s}',
    async (name) => {
      await expect(resolveHeaders({ 'x-key': `\${env:${name}}` }, { ...sources, env: { ...env, [name]: 'x' } })).rejects.toMatchObject({
        code: 'secret.unresolved',
      })
    },
  )
  it.runIf(process.platform === 'linux')('nor the environment of the process, which holds them, as a file', async () => {
    await expect(resolveSecrets('${file:/proc/self/environ}', sources)).rejects.toMatchObject({ code: 'secret.unresolved' })
  })
  it('while every other variable can be', async () => {
    expect(await resolveHeaders({ 'x-key': '${env:KEY}' }, sources)).toEqual({ 'x-key': 'a-key' })
  })
  it('and the admin token is never made of the approver credential', async () => {
    const source = configFromValues({ admin_token: '${env:FAST_GATEWAY_APPROVER_TOKEN}' })
    await expect(openAdminToken(source, env)).rejects.toMatchObject({ code: 'secret.unresolved' })
    source.close()
  })
  it('though the config may name the variable of the admin token', async () => {
    expect(await resolveSecrets('${env:FAST_GATEWAY_ADMIN_TOKEN}', sources, 'admin_token')).toBe('the-admin-token')
  })
})
