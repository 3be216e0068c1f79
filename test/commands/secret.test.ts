import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ServerView } from '../../src/shared/records'
import type { SecretList, SecretView } from '../../src/shared/secrets'
import { built, buildTimeoutMs, endAll, newPlace, run, serve, start, type RunOptions, type Served } from '../support/cli-runner'
import { openToolServer, type ToolServer } from '../support/gateway-upstream'

const first = 'Zq7-first-value-of-the-tests'
const second = 'Zq7-second-value-of-the-tests'
let gateway: Served
let upstream: ToolServer
const endings: (() => Promise<unknown>)[] = []
beforeAll(async () => {
  await built()
  gateway = await serve(newPlace(), ['--log-level', 'debug'])
  upstream = await openToolServer(
    { echo: ({ text, arguments: { says } }) => text(String(says)) },
    { ending: (close) => void endings.push(close) },
  )
}, buildTimeoutMs)
afterAll(async () => {
  for (const close of endings) await close()
  await endAll(gateway)
})

const at = () => ({ FAST_GATEWAY_URL: `http://127.0.0.1:${gateway.port}` })
const told = (args: string[], input: string) => run(gateway.place, args, { env: at(), input })
const begin = (args: string[], options: RunOptions = {}) => start(gateway.place, args, { ...options, env: at() })
const list = () => gateway.json<SecretList>('secret', 'list')
const stateOf = async (name: string) => (await gateway.json<ServerView[]>('list')).find((server) => server.name === name)
/** Everything that the gateway has written to a disk, whatever it is called. */
const onDisk = (folder = gateway.place.folder): string =>
  readdirSync(folder)
    .map((name) => join(folder, name))
    .map((path) => (statSync(path).isDirectory() ? onDisk(path) : readFileSync(path, 'latin1')))
    .join('\n')

describe('a server whose settings refer to a secret', () => {
  it('fails while there is none, and says what to type', async () => {
    const added = await gateway.cli('add', 'guarded', upstream.url, '--header', 'Authorization=Bearer ${keychain:guard}')
    expect(added.code).toBe(1)
    expect((await stateOf('guarded'))?.state_reason).toContain('fast-gateway secret set guard')
  })

  it('connects by itself once it is set', async () => {
    const set = await told(['secret', 'set', 'guard'], `${first}\n`)
    expect(set).toMatchObject({ code: 0, stdout: 'Kept the secret guard. These servers connect anew: guarded.\n', stderr: '' })
    await expect.poll(async () => (await stateOf('guarded'))?.state).toBe('ready')
    expect(upstream.asked('tools/list').at(-1)?.headers.authorization).toBe(`Bearer ${first}`)
  })

  it('connects anew with another value', async () => {
    await told(['secret', 'set', 'guard'], second)
    await expect.poll(() => upstream.asked('tools/list').at(-1)?.headers.authorization).toBe(`Bearer ${second}`)
    await expect.poll(async () => (await stateOf('guarded'))?.state).toBe('ready')
  })

  it('is named where the secret is listed', async () => {
    const { vault, secrets } = await list()
    expect(vault).toMatchObject({ kind: 'file', state: 'ready', detail: expect.stringContaining('encrypted files') as string })
    expect(secrets).toMatchObject([{ name: 'guard', used_by: ['guarded'] }])
    const { stdout, stderr } = await gateway.cli('secret', 'ls')
    expect(stdout).toMatch(/^NAME {3}SET +USED BY\nguard {2}\d+ s ago +guarded\n$/)
    expect(stderr).toContain('Vault: file. No keychain is used')
  })
})

describe('a value', () => {
  it('is typed unseen where there is a terminal', async () => {
    const asked = begin(['secret', 'set', 'typed'], { terminal: true })
    await asked.says('Value of typed (not shown while you type)')
    asked.type('typed-value-of-the-testsX\u007f\r')
    const { code, stdout } = await asked.ended
    expect([code, stdout.includes('Kept the secret typed.'), stdout.includes('typed-value')]).toEqual([0, true, false])
  })

  it('may be given up', async () => {
    const asked = begin(['secret', 'set', 'never'], { terminal: true })
    await asked.says('not shown while you type')
    asked.type('\u0003')
    expect((await asked.ended).code).toBe(1)
    expect((await list()).secrets.map(({ name }) => name)).not.toContain('never')
  })

  it('is never an argument', async () =>
    expect(await gateway.cli('secret', 'set', 'argued', first)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('too many arguments') as string,
    }))

  it.each([
    ['nothing', '\n', 'No value was given'],
    ['more than there is room for', 'x'.repeat(70_000), 'more than 65536 bytes'],
    ['a NUL', 'a\0b', 'NUL'],
  ])('is not %s', async (_what, input, words) => {
    const { code, stdout, stderr } = await told(['secret', 'set', 'odd'], input)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(words)
  })

  it.each(['-x', '.hidden', 'a/b', 'ü'])('is not kept under the name %s', async (name) => {
    expect(await told(['secret', 'set', '--', name], first)).toMatchObject({ code: 2, stdout: '' })
  })

  it('is given back by no command and no route', async () => {
    const { secrets } = await list()
    expect(JSON.stringify(secrets)).not.toContain('Zq7')
    const set = await told(['secret', 'set', 'guard', '--json'], second)
    expect(JSON.parse(set.stdout) as SecretView).toEqual({ name: 'guard', updated_at: expect.any(String) as string, used_by: ['guarded'] })
    const token = readFileSync(join(gateway.place.folder, 'admin-token'), 'utf8').trim()
    const got = await fetch(`${at().FAST_GATEWAY_URL}/admin/secrets/guard`, { headers: { authorization: `Bearer ${token}` } })
    expect([got.status, (await got.text()).includes('Zq7')]).toEqual([404, false])
  })
})

describe('a secret', () => {
  it('stands nowhere where it was written down: database, log, audit, export; in no form', async () => {
    const says = `${second} ${encodeURIComponent(second)} ${Buffer.from(`me:${second}`).toString('base64')}`
    await gateway.cli('tools', 'call', 'guarded_echo', `says=${says}`)
    await gateway.cli('tools', 'call', `guarded_${second}`)
    await told(['secret', 'set', 'guard'], first)
    await gateway.cli('add', 'dead', 'http://127.0.0.1:9/mcp', '--header', 'X-Key=${keychain:guard}')
    const exported = await gateway.cli('audit', '--json')
    expect(exported.stdout).toContain('[redacted]')
    writeFileSync(join(gateway.place.folder, 'log'), gateway.stdout() + gateway.stderr())
    const written = `${exported.stdout}\n${onDisk()}`
    for (const value of [first, second])
      for (const form of [
        value,
        encodeURIComponent(value),
        Buffer.from(value).toString('base64').slice(0, 20),
        Buffer.from(`me:${value}`).toString('base64').slice(4, 30),
      ])
        expect(written).not.toContain(form)
  })

  it('that is removed fails who refers to it, and is not found twice', async () => {
    expect(await gateway.cli('secret', 'rm', 'guard')).toMatchObject({ code: 0, stdout: 'Forgot the secret guard.\n' })
    await expect.poll(async () => (await stateOf('guarded'))?.state).toBe('failed')
    expect(await gateway.cli('secret', 'rm', 'guard')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"fast-gateway secret list" shows which there are') as string,
    })
  })

  it('that is written out where a reference belongs is refused, and how to keep it is said', async () => {
    const { code, stderr } = await gateway.cli('add', 'raw', upstream.url, '--header', `Authorization=Bearer ${first}`)
    expect(code).toBe(1)
    expect(stderr).toContain('fast-gateway secret set NAME')
    expect(stderr).toContain('Bearer ${keychain:NAME}')
    expect(stderr).not.toContain(first)
  })

  it('may be the admin token, which the CLI then finds as well', async () => {
    const place = newPlace()
    const before = await serve(place)
    const set = await run(place, ['secret', 'set', 'admin'], {
      env: { FAST_GATEWAY_URL: `http://127.0.0.1:${before.port}` },
      input: 'Zq7-admin-token-of-the-tests',
    })
    expect(set.code).toBe(0)
    await before.stop()
    writeFileSync(place.config, JSON.stringify({ admin_token: '${keychain:admin}' }))
    const after = await serve(place)
    endings.push(() => endAll(after))
    expect(await after.cli('info')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Vault +: file$/m) as string })
    const wrong = await after.cli('info', '--admin-token', 'wrong-wrong-wrong-wrong')
    expect(wrong.code).toBe(1)
  })
})
