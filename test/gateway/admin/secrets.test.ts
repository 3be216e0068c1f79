import { describe, expect, it } from 'vitest'
import { createAdmin } from '../../../src/main/gateway/admin'
import { createSecrets, refersTo, watchVault } from '../../../src/main/gateway/secret-book'
import type { Vault } from '../../../src/main/gateway/secrets'
import { createMemoryVault } from '../../../src/main/vault/memory'
import { GatewayError } from '../../../src/shared/errors'
import { redactKnown } from '../../../src/shared/known-secrets'
import type { Problem } from '../../../src/shared/records'
import { adminParts, askAs } from '../../support/admin-doubles'
import { aServerRecord } from '../../support/records'

const value = 'a value that goes in only'
const servers = [
  aServerRecord({ id: 'a', name: 'by-header', static_headers: { Authorization: 'Bearer ${keychain:one}' } }),
  aServerRecord({ id: 'b', name: 'by-env', env: { A: 'x${keychain:two}:${keychain:one}' } }),
  aServerRecord({ id: 'c', name: 'by-client', oauth_client_secret: '${keychain:one}' }),
  aServerRecord({ id: 'u', name: 'by-url', url: 'https://a.test/mcp?key=${keychain:three}' }),
  aServerRecord({ id: 'd', name: 'not-at-all', static_headers: { A: '${env:one} ${keychain:one-more}' } }),
]

function open(vault: Vault | null = createMemoryVault()) {
  const { parts } = adminParts({ secrets: createSecrets(vault, () => servers) })
  const admin = createAdmin(parts)
  return { vault, admin, ask: askAs(admin, 'admin') }
}
const problem = async (response: Response) => (await response.json()) as Problem

describe('secrets over the admin API', () => {
  it('are set, listed with who uses them, and removed', async () => {
    const { ask, vault } = open()
    const set = await ask('PUT', '/secrets/one', { value })
    expect([set.status, await set.json()]).toEqual([
      200,
      { name: 'one', updated_at: expect.any(String) as string, used_by: ['by-header', 'by-env', 'by-client'] },
    ])
    expect(await vault?.get('one')).toBe(value)
    const listed = await (await ask('GET', '/secrets')).json()
    expect(listed).toMatchObject({
      vault: { kind: 'memory', state: 'ready' },
      secrets: [{ name: 'one', used_by: ['by-header', 'by-env', 'by-client'] }],
    })
    expect((await ask('DELETE', '/secrets/one')).status).toBe(204)
    expect(await problem(await ask('DELETE', '/secrets/one'))).toMatchObject({ status: 404, code: 'secret.not_found' })
  })

  it('come back by no route, however it is asked', async () => {
    const { ask } = open()
    const said = [await ask('PUT', '/secrets/one', { value })]
    for (const method of ['GET', 'HEAD', 'POST', 'PATCH', 'OPTIONS']) said.push(await ask(method, '/secrets/one'))
    said.push(await ask('GET', '/secrets'), await ask('GET', '/secrets?values=true'))
    const texts = await Promise.all(said.map(async (each) => each.text()))
    expect(texts.join('\n')).not.toContain(value)
  })

  it.each([
    ['a name with a slash', '/secrets/a%2Fb', { value }],
    ['a name that begins with a dot', '/secrets/.open', { value }],
    ['a name that is too long', `/secrets/${'a'.repeat(129)}`, { value }],
    ['no value', '/secrets/one', {}],
    ['an empty value', '/secrets/one', { value: '' }],
    ['a value with NUL', '/secrets/one', { value: 'a\0b' }],
    ['half a character', '/secrets/one', { value: '\ud83d' }],
    ['a value that is too long', '/secrets/one', { value: 'x'.repeat(65_537) }],
    ['something beside it', '/secrets/one', { value, note: 'x' }],
  ])('are refused with %s, and the refusal says no value', async (_what, path, sent) => {
    const { ask, vault } = open()
    const response = await ask('PUT', path, sent)
    expect(response.status).toBe(422)
    expect(await response.text()).not.toContain(value)
    expect(await vault?.list()).toEqual([])
  })

  it('are nothing that the approver credential opens', async () => {
    const askApprover = askAs(open().admin, 'approver')
    for (const [method, path] of [
      ['GET', '/secrets'],
      ['PUT', '/secrets/one'],
      ['DELETE', '/secrets/one'],
    ] as const)
      expect((await askApprover(method, path, method === 'PUT' ? { value } : undefined)).status).toBe(403)
  })

  it('of a locked vault are not listed, and the answer says so', async () => {
    const locked = () => Promise.reject(new GatewayError('vault.unavailable', 'The keychain is locked. Unlock it.'))
    const state = { kind: 'keychain', state: 'locked', detail: 'Unlock it.' } as const
    const { ask } = open({ kind: 'keychain', status: async () => state, list: locked, get: locked, set: locked, remove: locked })
    expect(await (await ask('GET', '/secrets')).json()).toEqual({ vault: state, secrets: [] })
    expect(await problem(await ask('PUT', '/secrets/one', { value }))).toMatchObject({ status: 503, code: 'vault.unavailable' })
    expect(await problem(await ask('DELETE', '/secrets/one'))).toMatchObject({ status: 503, code: 'vault.unavailable' })
  })

  it('cannot be had where the gateway was made without a vault', async () => {
    const { ask } = open(null)
    expect(await (await ask('GET', '/secrets')).json()).toMatchObject({ vault: { kind: 'none', state: 'unavailable' }, secrets: [] })
    expect(await problem(await ask('PUT', '/secrets/one', { value }))).toMatchObject({ status: 503, code: 'vault.unavailable' })
  })
})

describe('a vault that is watched', () => {
  it('tells of each change once it is done, and of nothing else', async () => {
    const told: string[] = []
    const vault = watchVault(createMemoryVault({ there: value }), (name) => void told.push(name))
    await vault.get('there')
    await vault.set('new', 'a new value')
    await vault.remove('there')
    await vault.remove('there')
    await vault.list()
    expect([told, vault.kind]).toEqual([['new', 'there'], 'memory'])
  })

  it('has whatever goes in or out masked from then on', async () => {
    const vault = watchVault(createMemoryVault({ out: 'goes-out-of-it' }), () => undefined)
    await vault.get('out')
    await vault.set('in', 'goes-into-it')
    expect(redactKnown('goes-out-of-it, goes-into-it')).toBe('[redacted], [redacted]')
  })

  it('knows who refers to a secret in a URL', () =>
    expect(servers.filter((server) => refersTo(server, 'three')).map(({ name }) => name)).toEqual(['by-url']))

  it('knows who refers to a secret by its whole name', () =>
    expect(servers.map((server) => [refersTo(server, 'one'), refersTo(server, 'two')])).toEqual([
      [true, false],
      [true, true],
      [true, false],
      [false, false],
      [false, false],
    ]))
})
