import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { approverToken, findAdminToken, hashToken, newClientToken, openAdminToken, sameToken } from '../../src/main/gateway/tokens'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'tokens-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))
const source = (admin_token: string | null = null) => ({ file: join(folder, 'gateway.json'), current: () => ({ admin_token }) })
const long = 'a-token-that-is-long-enough'

describe('the admin token', () => {
  it('is the one of the config before the one of the environment', async () => {
    const env = { FAST_GATEWAY_ADMIN_TOKEN: 'from-the-environment' }
    expect(await openAdminToken(source(long), env)).toEqual({ token: long, origin: 'config', file: null })
    expect(await openAdminToken(source(), env)).toEqual({ token: 'from-the-environment', origin: 'env', file: null })
    expect(readdirSync(folder)).toEqual([])
  })
  it('may be a reference', async () => {
    writeFileSync(join(folder, 'secret'), `${long}\n`)
    expect((await openAdminToken(source('${file:secret}'), {})).token).toBe(long)
    await expect(openAdminToken(source('${env:NONE}'), {})).rejects.toMatchObject({ code: 'secret.unresolved' })
    await expect(openAdminToken(source('${env:S}'), { S: '' })).rejects.toMatchObject({ code: 'secret.unresolved' })
  })
  it('is made once, in a file for its owner only, and is the same the next time', async () => {
    expect(await findAdminToken(source(), {})).toBeNull()
    const made = await openAdminToken(source(), {})
    expect(made.token).toMatch(/^fgw_admin_[\w-]{43}$/)
    expect(made).toMatchObject({ origin: 'file', file: join(folder, 'admin-token') })
    expect(readFileSync(join(folder, 'admin-token'), 'utf8').trim()).toBe(made.token)
    if (process.platform !== 'win32') expect(statSync(join(folder, 'admin-token')).mode & 0o777).toBe(0o600)
    expect(await findAdminToken(source(), {})).toEqual(made)
    expect((await openAdminToken(source(), {})).token).toBe(made.token)
  })
  it.runIf(process.platform !== 'win32')('is closed to others, whatever was there before', async () => {
    for (const text of ['', `${long}\n`]) {
      writeFileSync(join(folder, 'admin-token'), text, { mode: 0o644 })
      await openAdminToken(source(), {})
      expect(statSync(join(folder, 'admin-token')).mode & 0o777).toBe(0o600)
    }
  })
  it('without a config file stays in memory', async () =>
    expect(await openAdminToken({ ...source(), file: null }, {})).toMatchObject({ origin: 'memory', file: null }))
})

describe('the approver token', () => {
  it('is the one of the environment, or a new one that is never on disk', () => {
    expect(approverToken({ FAST_GATEWAY_APPROVER_TOKEN: long })).toEqual({ token: long, generated: false })
    expect(approverToken({}).token).toMatch(/^fgw_approver_[\w-]{43}$/)
    expect(readdirSync(folder)).toEqual([])
    expect(approverToken({ FAST_GATEWAY_APPROVER_TOKEN: 'short' })).toEqual({ token: 'short', generated: false })
  })
})

describe('tokens', () => {
  it('of clients are never alike', () => expect(new Set(Array.from({ length: 100 }, newClientToken)).size).toBe(100))
  it('are compared whole', () => {
    expect([sameToken(long, long), sameToken(long, `${long}x`), sameToken(long, ''), sameToken('', '')]).toEqual([true, false, false, true])
  })
  it('are stored as SHA-256 in hex', () =>
    expect(hashToken('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'))
})
