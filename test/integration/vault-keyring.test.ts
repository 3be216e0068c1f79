import { Message, sessionBus, Variant } from '@jellybrick/dbus-next'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { ServerView } from '../../src/shared/records'
import type { SecretList } from '../../src/shared/secrets'
import { newPlace, run, serve } from '../support/cli-runner'
import { openToolServer } from '../support/gateway-upstream'
import { buildVaultProgram, type VaultProcess, type VaultProgram } from '../support/vault-process'

/*
 * keytar for real: a session bus, gnome-keyring behind it, and vaults in processes of their own, as the app and the CLI are.
 */

const name = 'a-name-of-the-tests'
const token = 'Zq7-token-of-the-tests'
const value = 'a value of the tests: ä€🔑 "\\'

/** A session of its own: home, bus and keyring. */
interface Session {
  readonly env: Readonly<Record<string, string>>
  start(): void
  lock(): void
  unlock(): Promise<void>
  /** What any program of the user sees. */
  lookup(service: string, account: string): string
}

async function newSession(): Promise<Session> {
  const home = mkdtempSync(join(tmpdir(), 'fast-gateway-session-'))
  const runtime = join(home, 'run')
  mkdirSync(runtime, { mode: 0o700 })
  const own = { PATH: process.env.PATH ?? '', HOME: home, XDG_RUNTIME_DIR: runtime }
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], { env: own, stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => end(bus, home))
  const [address] = (await once(bus.stdout, 'data')) as [Buffer]
  const env = { ...own, DBUS_SESSION_BUS_ADDRESS: address.toString().trim() }
  return {
    env,
    start: () => startKeyring(env),
    lock: () => lock(env),
    unlock: () => unlock(env),
    lookup: (service, account) => lookup(env, service, account),
  }
}

/** The keyring ends with its bus. */
async function end(bus: ChildProcess, home: string): Promise<void> {
  bus.kill()
  await once(bus, 'close')
  rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}

const secrets = '/org/freedesktop/secrets'
const login = `${secrets}/collection/login`

const askBus = (env: Session['env'], path: string, ...call: readonly string[]) =>
  spawnSync('dbus-send', ['--session', '--print-reply', '--dest=org.freedesktop.secrets', path, ...call], { env, encoding: 'utf8' }).stdout

const isLocked = (env: Session['env']) =>
  /boolean (true|false)/.exec(
    askBus(env, login, 'org.freedesktop.DBus.Properties.Get', 'string:org.freedesktop.Secret.Collection', 'string:Locked'),
  )?.[1]

const password = 'test\n'

/** Starts the keyring with a new collection under this password. */
function startKeyring(env: Session['env']): void {
  const started = spawnSync('gnome-keyring-daemon', ['--unlock', '--components=secrets'], {
    env,
    input: password,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  expect(started.status).toBe(0)
}

/** What the window that asks for the password does. */
async function unlock(env: Session['env']): Promise<void> {
  const bus = sessionBus({ busAddress: env.DBUS_SESSION_BUS_ADDRESS ?? '' })
  const call = async (member: string, owner: string, signature: string, body: unknown[]) =>
    (await bus.call(new Message({ destination: 'org.freedesktop.secrets', path: secrets, interface: owner, member, signature, body })))
      ?.body
  try {
    const [, opened] = (await call('OpenSession', 'org.freedesktop.Secret.Service', 'sv', ['plain', new Variant('s', '')]))!
    const master = [opened, Buffer.alloc(0), Buffer.from(password), 'text/plain']
    await call('UnlockWithMasterPassword', 'org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface', 'o(oayays)', [login, master])
  } finally {
    bus.disconnect()
  }
  expect(isLocked(env)).toBe('false')
}

function lock(env: Session['env']): void {
  askBus(env, secrets, 'org.freedesktop.Secret.Service.Lock', `array:objpath:${login}`)
  expect(isLocked(env)).toBe('true')
}

const lookup = (env: Session['env'], service: string, account: string) =>
  spawnSync('secret-tool', ['lookup', 'service', service, 'account', account], { env, encoding: 'utf8' }).stdout

describe.runIf(process.platform === 'linux')('the keychain of a desktop session', () => {
  let program: VaultProgram
  let session: Session
  let folder: string
  beforeAll(async () => void (program = await buildVaultProgram()))
  afterAll(() => program.remove())
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fast-gateway-vault-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    session = await newSession()
  })
  function open(env: Session['env'] = session.env): VaultProcess {
    const opened = program.start(folder, env)
    onTestFinished(() => opened.end())
    return opened
  }

  it('keeps secrets for app and CLI alike, under the service fast-gateway and nowhere else', async () => {
    session.start()
    const [app, cli] = [open(), open()]
    await app.set(name, value)
    expect([await cli.get(name), await cli.kind(), session.lookup('fast-gateway', name)]).toEqual([value, 'keychain', value])
    expect(readdirSync(join(folder, 'vault'))).toEqual(['kind'])
    expect([...app.warnings, ...cli.warnings]).toEqual([])
    expect([await cli.remove(name), await app.get(name), await app.remove(name)]).toEqual([true, null, false])
  })

  it('lists what is ours and nothing of others', async () => {
    session.start()
    spawnSync('secret-tool', ['store', '--label=x', 'service', 'somebody-else', 'account', 'theirs'], {
      env: session.env,
      input: 'not ours',
    })
    const vault = open()
    for (const each of ['b', 'a']) await vault.set(each, value)
    expect((await vault.list()).map((each) => each.name)).toEqual(['a', 'b'])
    expect(session.lookup('somebody-else', 'theirs')).toBe('not ours')
  })

  it('loses nothing that two processes write at once', async () => {
    session.start()
    const both = [open(), open()]
    const names = Array.from({ length: 20 }, (_, i) => `n${String(i).padStart(2, '0')}`)
    await Promise.all(names.map(async (each, i) => both[i % 2]?.set(each, `value of ${each}`)))
    expect((await open().list()).map((each) => each.name)).toEqual(names)
    for (const each of names) expect(await both[0]?.get(each)).toBe(`value of ${each}`)
  })

  it('that is locked says so, crashes nobody, keeps everything, and is good again once it is unlocked', async () => {
    session.start()
    const vault = open()
    await vault.set(name, value)
    session.lock()
    for (const ask of [() => vault.get(name), () => vault.set(name, 'other'), () => vault.remove(name), () => vault.list()])
      await expect(ask()).rejects.toThrow('vault.unavailable: The keychain is locked')
    expect(await vault.status()).toMatchObject({ kind: 'keychain', state: 'locked' })
    const another = open()
    expect(await another.status()).toMatchObject({ kind: 'keychain', state: 'locked' })
    expect(another.warnings).toHaveLength(1)
    await session.unlock()
    expect((await vault.status()).state).toBe('ready')
    expect([await vault.get(name), vault.exit()]).toEqual([value, null])
  })

  it('that is gone is not replaced by files for what it holds', async () => {
    session.start()
    await open().set(name, value)
    const { DBUS_SESSION_BUS_ADDRESS: _bus, ...without } = session.env
    const vault = open(without)
    expect(await vault.status()).toMatchObject({ kind: 'keychain', state: 'unavailable' })
    await expect(vault.get(name)).rejects.toThrow('vault.unavailable: The keychain does not answer')
    expect(await open().get(name)).toBe(value)
  })

  it('keeps what the built product is given, over a restart, and the data folder holds none of it', async () => {
    session.start()
    const upstream = await openToolServer({ echo: ({ text }) => text('done') })
    const place = newPlace()
    onTestFinished(() => place.remove())
    const begin = async () => {
      const served = await serve(place, [], session.env)
      onTestFinished(() => void served.child.kill('SIGKILL'))
      return served
    }
    const before = await begin()
    const at = { env: { FAST_GATEWAY_URL: `http://127.0.0.1:${before.port}` } }
    expect((await run(place, ['secret', 'set', name], { ...at, input: token })).code).toBe(0)
    await before.cli('add', 'guarded', upstream.url, '--header', `Authorization=Bearer \${keychain:${name}}`)
    expect(await before.json<SecretList>('secret', 'list')).toMatchObject({
      vault: { kind: 'keychain', state: 'ready' },
      secrets: [{ name, used_by: ['guarded'] }],
    })
    await before.stop()
    const after = await begin()
    await expect.poll(async () => (await after.json<ServerView[]>('list')).find((each) => each.name === 'guarded')?.state).toBe('ready')
    expect(upstream.asked('tools/list').at(-1)?.headers.authorization).toBe(`Bearer ${token}`)
    expect(session.lookup('fast-gateway', name)).toBe(token)
    expect((await after.stop()).code).toBe(0)
    expect(spawnSync('grep', ['-rlaF', token, place.folder]).stdout.toString()).toBe('')
  })

  it.each([
    ['no session bus', (env: Session['env']) => ({ PATH: env.PATH ?? '', HOME: env.HOME ?? '' })],
    ['a bus that is dead', (env: Session['env']) => ({ ...env, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/bus' })],
    ['a keyring that was never set up, and nobody to ask', (env: Session['env']) => env],
  ])('is replaced by encrypted files, loudly, where there is %s', async (_what, change) => {
    const vault = open(change(session.env))
    await vault.set(name, value)
    expect([await vault.kind(), await vault.get(name)]).toEqual(['file', value])
    expect(vault.warnings).toEqual([expect.stringContaining('encrypted files')])
  })
})
