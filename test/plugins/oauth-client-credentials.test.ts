import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryVault } from '../../src/main/vault/memory'
import type { ServerDraft } from '../../src/shared/records'
import { withTheTest } from '../support/gateway-rig'
import { openLoginRig } from '../support/oauth-rig'
import { openOAuthServer, type OAuthServerOptions } from '../support/oauth-server'
import { openProtectedUpstream, type ProtectedOptions } from '../support/oauth-upstream'
import { storeFolder } from '../support/store-folder'

const saying = (words: string): unknown => expect.stringContaining(words)
const secret = 'secret-of-the-machine'
const basic = { client_id: 'machine', client_secret: secret, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }

interface Machine {
  readonly client?: Readonly<Record<string, unknown>>
  readonly as?: OAuthServerOptions
  readonly upstream?: ProtectedOptions
  readonly draft?: Partial<ServerDraft>
  readonly kept?: Readonly<Record<string, string>>
}

/** A server whose tokens are had without a person. */
async function openMachine({ client = basic, as: asOptions, upstream: upstreamOptions, draft, kept = { machine: secret } }: Machine = {}) {
  const as = await openOAuthServer({ clients: [client], ...asOptions })
  withTheTest(() => as.close())
  const upstream = await openProtectedUpstream(as, upstreamOptions)
  withTheTest(() => upstream.close())
  const vault = createMemoryVault(kept)
  const rig = await openLoginRig({ vault }, upstream.url, {
    ...{ auth: 'oauth_client_credentials', oauth_client_id: 'machine', oauth_client_secret: '${keychain:machine}' },
    ...draft,
  })
  return { ...rig, as, upstream, vault }
}

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => vi.useRealTimers())
const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)
const hour = 3_600_000

describe('client credentials', () => {
  it('are asked for where the server says, and used for every call until shortly before their end', async () => {
    const rig = await openMachine()
    expect([rig.state(), rig.reason()]).toEqual(['ready', ''])
    for (let i = 0; i < 5; i++) expect(await rig.call()).toBe('echo was run')
    expect(rig.as.asked).toEqual({ client_credentials: 1 })
    expect(await rig.authorization()).toMatchObject({ state: 'on_demand' })
    pass(2 * hour)
    expect(await Promise.all(Array.from({ length: 20 }, () => rig.call()))).toHaveLength(20)
    expect(rig.as.asked).toEqual({ client_credentials: 2 })
  })

  it.each(['client_secret_basic', 'client_secret_post'])('are proved with %s at the address that the person gave', async (method) => {
    const asked: string[] = []
    const before = (req: IncomingMessage) => asked.push(req.url ?? '') < 0
    const as = await openOAuthServer({ clients: [{ ...basic, token_endpoint_auth_method: method }], before })
    withTheTest(() => as.close())
    const upstream = await openProtectedUpstream(as)
    withTheTest(() => upstream.close())
    const rig = await openLoginRig({ vault: createMemoryVault({ machine: secret }) }, upstream.url, {
      ...{ auth: 'oauth_client_credentials', oauth_client_id: 'machine', oauth_client_secret: '${keychain:machine}' },
      oauth_token_url: `${as.issuer}/token`,
    })
    // Nobody has said for whom the token is to be, so this server does not take it; that it was had is what counts.
    await rig.until(() => rig.state() === 'needs_login')
    expect(new Set(asked), 'nobody else is asked').toEqual(new Set(['/token']))
    expect(upstream.seen.every((value) => as.issued.includes(value.replace('Bearer ', '')))).toBe(true)
    expect(as.issued.length).toBeGreaterThan(0)
  })

  it('are proved as the server says that it takes them', async () => {
    const rig = await openMachine({
      client: { ...basic, token_endpoint_auth_method: 'client_secret_post' },
      as: { metadata: { token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'] } },
    })
    expect([rig.state(), rig.as.asked]).toEqual(['ready', { client_credentials: 1 }])
  })

  it.each([
    ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 2048 }), 'RS256'],
    ['EC', () => generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'ES256'],
    ['Ed25519', () => generateKeyPairSync('ed25519'), 'EdDSA'],
  ])('are proved with a private %s key as PEM and as JWK', async (_kind, make, alg) => {
    const { privateKey, publicKey } = make()
    const client = {
      ...{ client_id: 'machine', grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
      ...{ token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: alg },
      jwks: { keys: [publicKey.export({ format: 'jwk' })] },
    }
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const jwk = JSON.stringify(privateKey.export({ format: 'jwk' }))
    for (const machine of [pem, jwk]) {
      const rig = await openMachine({ client, kept: { machine } })
      expect([rig.state(), rig.reason()]).toEqual(['ready', ''])
    }
  })

  it('are renewed once where a call is refused', async () => {
    const refuse = { token: '' }
    const rig = await openMachine({
      upstream: {
        before: (req, res) => {
          const isRefused = refuse.token !== '' && req.headers.authorization === refuse.token
          if (isRefused) res.writeHead(401).end()
          return isRefused
        },
      },
    })
    pass(10_000)
    refuse.token = rig.upstream.seen.at(-1) ?? ''
    expect(await rig.call()).toBe('echo was run')
    expect(rig.as.asked).toEqual({ client_credentials: 2 })
  })

  it('are asked for anew when the secret changes, in the vault or in a file', async () => {
    const file = join(storeFolder(), 'secret')
    writeFileSync(file, 'wrong\n')
    const rig = await openMachine({ draft: { oauth_client_secret: `\${file:${file}}` } })
    expect([rig.state(), rig.reason()]).toEqual(['needs_login', saying('Check the OAuth client id, secret')])
    writeFileSync(file, `${secret}\n`)
    pass(10_000)
    await rig.gateway.servers.refresh(rig.server.id)
    expect(await rig.call()).toBe('echo was run')

    const other = await openMachine({ kept: { machine: 'wrong' } })
    expect(other.state()).toBe('needs_login')
    pass(10_000)
    await other.ask('PUT', '/secrets/machine', { value: secret })
    await other.until(() => other.state() === 'ready')
  })

  it('need a reference, never the secret itself', async () => {
    const rig = await openMachine()
    const draft = { name: 'raw', url: rig.upstream.url, auth: 'oauth_client_credentials', oauth_client_id: 'machine' } as const
    const refused = rig.gateway.servers.create({ ...draft, oauth_client_secret: secret })
    await expect(refused).rejects.toMatchObject({ code: 'input.invalid', message: saying('oauth_client_secret') })
    await expect(rig.gateway.servers.create(draft)).rejects.toMatchObject({ code: 'input.invalid' })
  })

  it('say which secret is missing, and that a key cannot be used', async () => {
    const without = await openMachine({ kept: {} })
    expect([without.state(), without.reason()]).toEqual(['failed', saying('secret set machine')])
    const broken = await openMachine({ kept: { machine: '-----BEGIN PRIVATE KEY-----\nnone\n-----END PRIVATE KEY-----' } })
    expect([broken.state(), broken.reason()]).toEqual(['failed', saying('the private key cannot be used')])
  })
})
