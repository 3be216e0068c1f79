import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createFileVault } from '../../src/main/vault/file'
import { buildVaultProgram, type VaultProgram } from '../support/vault-process'

let folder: string
beforeEach(() => {
  const data = mkdtempSync(join(tmpdir(), 'fast-gateway-vault-'))
  folder = join(data, 'vault')
  onTestFinished(() => rmSync(data, { recursive: true, force: true }))
})

const open = (given?: string) => createFileVault({ folder, given })
const entries = () =>
  readdirSync(folder)
    .filter((name) => /^[0-9a-f]{32}\.json$/.test(name))
    .sort()
const entryOf = (name: string) => {
  const file = entries().find((each) => (JSON.parse(readFileSync(join(folder, each), 'utf8')) as { name: string }).name === name)
  return join(folder, file ?? 'none')
}
/** Every byte of the folder, to see that nothing changes. */
const everything = () => Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]))
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)
const refusal = { code: 'vault.unavailable' }

describe('secrets in encrypted files', () => {
  it('are there again for the next process, by name, with the time when they were set', async () => {
    const values = { plain: 'one', Plain: 'another', long: 'x'.repeat(65_536), odd: 'ä\n€ 🔑 "\\' }
    for (const [name, value] of Object.entries(values)) await open().set(name, value)
    for (const [name, value] of Object.entries(values)) expect(await open().get(name)).toBe(value)
    const list = await open().list()
    expect(list.map(({ name }) => name)).toEqual(['Plain', 'long', 'odd', 'plain'])
    for (const { updated_at: at } of list) expect(Date.now() - Date.parse(at ?? '')).toBeLessThan(60_000)
    expect(await open().get('nobody')).toBeUndefined()
  })

  it('are replaced and removed', async () => {
    await open().set('a', 'one')
    await open().set('a', 'two')
    expect(await open().get('a')).toBe('two')
    expect([await open().remove('a'), await open().remove('a'), await open().get('a')]).toEqual([true, false, undefined])
    expect(await open().list()).toEqual([])
  })

  it('make neither folder nor key before the first one', async () => {
    expect([await open().get('a'), await open().list(), await open().remove('a')]).toEqual([undefined, [], false])
    expect(await open().status()).toMatchObject({ kind: 'file', state: 'ready' })
    expect(() => readdirSync(folder)).toThrow('ENOENT')
  })

  it('stand nowhere in plain text, and each has a nonce of its own', async () => {
    await open().set('a', 'the very same value')
    await open().set('b', 'the very same value')
    expect(JSON.stringify(everything())).not.toContain('very same')
    const sealed = entries().map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as { nonce: string; data: string })
    expect(new Set(sealed.flatMap(({ nonce, data }) => [nonce, data])).size).toBe(4)
    for (const { nonce } of sealed) expect(Buffer.from(nonce, 'base64')).toHaveLength(12)
  })

  it.runIf(process.platform !== 'win32')('can be read by their owner only, also after somebody opened them', async () => {
    await open().set('a', 'one')
    expect(mode(folder)).toBe('700')
    for (const name of readdirSync(folder)) expect(mode(join(folder, name))).toBe('600')
    chmodSync(folder, 0o755)
    chmodSync(join(folder, 'key'), 0o644)
    await open().set('b', 'two')
    expect([mode(folder), mode(join(folder, 'key'))]).toEqual(['700', '600'])
  })

  it('leave no half-written file behind', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => open().set('a', `value ${i}`)))
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
    expect(await open().get('a')).toMatch(/^value \d+$/)
  })
})

describe('the key', () => {
  const key = randomBytes(32)
  it.each([
    ['hex', key.toString('hex')],
    ['base64', key.toString('base64')],
    ['base64url without padding', key.toString('base64url')],
  ])('of the environment is taken in %s, and nothing of it is written down', async (_form, given) => {
    await open(given).set('a', 'one')
    expect(await open(key.toString('hex')).get('a')).toBe('one')
    expect(readdirSync(folder)).not.toContain('key')
    expect((await open(given).status()).detail).toContain('$FAST_GATEWAY_VAULT_KEY')
  })

  it.each(['short', key.subarray(1).toString('hex'), key.subarray(1).toString('base64'), 'x'.repeat(64), `${key.toString('hex')}00`])(
    'of the environment that is none is refused, and what to do is said: %s',
    async (given) => {
      await expect(open(given).set('a', 'one')).rejects.toMatchObject(refusal)
      await expect(open(given).get('a')).rejects.toThrow('openssl rand -base64 32')
      const { state, detail } = await open(given).status()
      expect([state, detail]).toEqual(['unavailable', expect.stringContaining('32 bytes')])
      expect(detail).not.toContain(given)
    },
  )

  it('that is another than they were sealed with opens, changes and loses nothing', async () => {
    await open().set('a', 'one')
    const before = everything()
    const wrong = open(randomBytes(32).toString('hex'))
    await expect(wrong.get('a')).rejects.toMatchObject(refusal)
    for (const name of ['a', 'b']) await expect(wrong.set(name, 'two')).rejects.toMatchObject(refusal)
    expect((await wrong.status()).state).toBe('unavailable')
    expect(everything()).toEqual(before)
    expect(await open().get('a')).toBe('one')
  })

  it('that is lost is not made anew: it is waited for', async () => {
    await open().set('a', 'one')
    const path = join(folder, 'key')
    renameSync(path, `${path}.away`)
    const before = everything()
    await expect(open().get('a')).rejects.toThrow('put the file "key" back')
    await expect(open().set('b', 'two')).rejects.toMatchObject(refusal)
    expect((await open().status()).state).toBe('unavailable')
    expect(everything()).toEqual(before)
    rmSync(join(folder, 'check.json'))
    await expect(open().set('b', 'two')).rejects.toMatchObject(refusal)
    renameSync(`${path}.away`, path)
    expect(await open().get('a')).toBe('one')
  })

  it('that is damaged is kept as it is', async () => {
    await open().set('a', 'one')
    writeFileSync(join(folder, 'key'), 'garbage')
    await expect(open().set('a', 'two')).rejects.toMatchObject(refusal)
    expect(readFileSync(join(folder, 'key'), 'utf8')).toBe('garbage')
  })
})

describe('a damaged file', () => {
  const damages: readonly (readonly [string, (text: string) => string])[] = [
    ['that is empty', () => ''],
    ['that is no JSON', (text) => text.slice(0, -5)],
    ['of a newer format', (text) => text.replace('"version":1', '"version":2')],
    ['whose ciphertext was changed', (text) => text.replace(/"data":"(.)/, (_all, sign: string) => `"data":"${sign === 'A' ? 'B' : 'A'}`)],
    ['that is too short', (text) => text.replace(/"data":"[^"]*"/, '"data":"AAAA"')],
  ]
  it.each(damages)('%s is neither read nor written over; all others go on', async (_what, damage) => {
    for (const name of ['a', 'b']) await open().set(name, `value of ${name}`)
    const path = entryOf('a')
    writeFileSync(path, damage(readFileSync(path, 'utf8')))
    const before = readFileSync(path, 'utf8')
    await expect(open().get('a')).rejects.toMatchObject(refusal)
    await expect(open().set('a', 'new')).rejects.toThrow('fast-gateway secret rm a')
    expect(readFileSync(path, 'utf8')).toBe(before)
    await open().set('c', 'three')
    expect([await open().get('b'), await open().get('c')]).toEqual(['value of b', 'three'])
  })

  it('is told of, and gone once a person removes it', async () => {
    await open().set('a', 'one')
    writeFileSync(entryOf('a'), 'garbage')
    expect(await open().status()).toMatchObject({ state: 'unavailable', detail: expect.stringContaining('cannot be read') as string })
    expect(await open().remove('a')).toBe(true)
    await open().set('a', 'two')
    expect([await open().get('a'), (await open().status()).state]).toEqual(['two', 'ready'])
  })

  it('cannot be passed off as another secret', async () => {
    for (const name of ['admin', 'guest']) await open().set(name, `value of ${name}`)
    const admin = JSON.parse(readFileSync(entryOf('admin'), 'utf8')) as object
    writeFileSync(entryOf('guest'), JSON.stringify({ ...admin, name: 'guest' }))
    await expect(open().get('guest')).rejects.toMatchObject(refusal)
    expect(await open().get('admin')).toBe('value of admin')
  })

  it.runIf(process.platform === 'linux')('or a folder that cannot be had is said, with what to do', async () => {
    writeFileSync(folder, 'a file stands where the folder belongs')
    await expect(open().set('a', 'one')).rejects.toThrow('make the folder writable')
    await expect(open().list()).rejects.toMatchObject(refusal)
    expect((await open().status()).state).toBe('unavailable')
  })
})

describe('several processes at once', () => {
  let program: VaultProgram
  beforeAll(async () => void (program = await buildVaultProgram()), 60_000)
  afterAll(() => program.remove())
  const env = { FAST_GATEWAY_VAULT: 'file' }
  const data = () => join(folder, '..')

  it('that begin together have one key, and none loses what another has kept', { timeout: 60_000 }, async () => {
    const processes = Array.from({ length: 4 }, () => program.start(data(), env))
    const names = processes.flatMap((_, p) => Array.from({ length: 25 }, (_each, i) => `p${p}-${i}`))
    await Promise.all(
      processes.flatMap((each, p) => names.filter((name) => name.startsWith(`p${p}-`)).map((name) => each.set(name, `value of ${name}`))),
    )
    await Promise.all(processes.map((each) => each.end()))
    expect((await open().list()).map(({ name }) => name)).toEqual([...names].sort())
    for (const name of names) expect(await open().get(name)).toBe(`value of ${name}`)
  })

  it('that are killed in the middle have kept what they said they had', { timeout: 60_000 }, async () => {
    const one = program.start(data(), env)
    const kept: string[] = []
    const writing = Array.from({ length: 400 }, (_, i) => one.set(`k${i}`, `value ${i}`).then(() => kept.push(`k${i}`)))
    await Promise.any(writing)
    await one.kill()
    await Promise.allSettled(writing)
    for (const name of kept) expect(await open().get(name)).toBe(`value ${name.slice(1)}`)
    expect((await open().status()).state).toBe('ready')
    await open().set('after', 'all is well')
  })
})
