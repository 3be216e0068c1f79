import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { expect, test } from '@playwright/test'
import { prepareHome, removeHome } from '../../bench/gateway.mjs'
import { packageFolder } from '../../scripts/package.mjs'
import { adminToken, emptyFolder } from './support/app'
import { coloursOf, filesInArchive, nativeModulesOf, outcomeOf, startPackaged, windowsOf } from './support/packaged'
import { openTrayHost, type TrayHost, type TrayIcon } from './support/tray-host'

test.describe.configure({ mode: 'serial' })

/** The app as people install it: one archive, no debugger, so nothing attaches to it here either. */
let place: Awaited<ReturnType<typeof emptyFolder>>
let packaged: Awaited<ReturnType<typeof packageFolder>>
let home: Awaited<ReturnType<typeof prepareHome>>
let panel: TrayHost
let app: ChildProcess
let icon: TrayIcon
let endpoint: string

test.beforeAll(async () => {
  place = await emptyFolder()
  packaged = await packageFolder(join(place.path, 'dist'))
  home = await prepareHome([])
  panel = await openTrayHost()
})

test.afterAll(async () => {
  app.kill('SIGKILL')
  panel.close()
  removeHome(home)
  await place.remove()
})

const start = (args?: string[], env?: Record<string, string>) => startPackaged(packaged.executable, home.folder, args, env)

test('has every fuse set by which other code would run under its name', async () => {
  const [off, on] = ['0', '1'].map((digit) => digit.charCodeAt(0))
  const fuses = await getCurrentFuseWire(packaged.executable)
  expect(fuses).toMatchObject({
    [FuseV1Options.RunAsNode]: off,
    [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: off,
    [FuseV1Options.EnableNodeCliInspectArguments]: off,
    [FuseV1Options.OnlyLoadAppFromAsar]: on,
    [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: on,
    [FuseV1Options.EnableCookieEncryption]: on,
    [FuseV1Options.GrantFileProtocolExtraPrivileges]: off,
  })
})

test('holds what runs, and nothing else', () => {
  const files = filesInArchive(join(packaged.resources, 'app.asar'))
  const [unpacked, archived] = [files.filter((file) => file.unpacked), files.filter((file) => !file.unpacked)].map((of) =>
    of.map(({ path }) => path),
  )
  expect(unpacked).toEqual(
    ['better-sqlite3/build/Release/better_sqlite3.node', 'keytar/build/Release/keytar.node'].map((file) => `/node_modules/${file}`),
  )
  const tops = new Set(
    archived?.map((path) =>
      path
        .split('/')
        .slice(1, path.startsWith('/node_modules/') || path.startsWith('/out/') ? 3 : 2)
        .join('/'),
    ),
  )
  expect([...tops].sort()).toEqual([
    'LICENSE',
    'node_modules/better-sqlite3',
    'node_modules/keytar',
    'out/docs',
    'out/main',
    'out/preload',
    'out/renderer',
    'package.json',
    'resources',
  ])
  expect(archived?.filter((path) => /\.(map|tsx?|mts|c|cc|h|gyp|md5|o)$|\/test\/|\/cli\.js$|\/library\.js$/.test(path))).toEqual([])
  expect(readdirSync(packaged.resources).sort()).toEqual(['app.asar', 'app.asar.unpacked'])
})

test('puts its icon in the tray and is the gateway', async () => {
  app = start(['--hidden'])
  icon = await panel.icon()
  endpoint = (await icon.labels()).find((label) => label.startsWith('http')) ?? ''
  expect((await fetch(new URL('/health', endpoint))).status).toBe(200)
})

test('loads the native modules that lie beside the archive', async () => {
  const answer = await fetch(new URL('/admin/secrets', endpoint), { headers: { authorization: `Bearer ${adminToken}` } })
  expect(answer.status).toBe(200)
  expect(nativeModulesOf(app)).toEqual(['better_sqlite3.node', 'keytar.node'])
})

test('answers a real MCP client', async () => {
  const client = new Client({ name: 'A test of the packaged app', version: '1' })
  await client.connect(
    new StreamableHTTPClientTransport(new URL(endpoint), { requestInit: { headers: { authorization: `Bearer ${home.token}` } } }),
  )
  expect((await client.listTools()).tools).toBeInstanceOf(Array)
  await client.close()
})

test('opens its window, with something in it', async () => {
  expect(await windowsOf(app)).toEqual([])
  await icon.click('Open Fast Gateway')
  await expect.poll(() => windowsOf(app)).toHaveLength(1)
  const [window = ''] = await windowsOf(app)
  await expect.poll(() => coloursOf(window)).toBeGreaterThan(50)
})

test('ends in order when it is quit from the tray', async () => {
  const ended = once(app, 'exit') as Promise<[number | null]>
  await icon.click('Quit')
  expect((await ended)[0]).toBe(0)
})

for (const debug of ['--remote-debugging-port=0', '--remote-debugging-pipe', '--inspect=0', '--inspect-brk=0'])
  test(`does not start with ${debug}, by which another program could decide in a person's place`, async () => {
    const { code, said } = await outcomeOf(start([debug]))
    expect(code).toBe(1)
    expect(said).toContain(`Fast Gateway does not start with ${debug.split('=')[0] ?? ''}`)
    expect(said).not.toMatch(/(DevTools|Debugger) listening/)
  })

test('is no Node, and takes no orders from the environment', async () => {
  const [script, trace] = [join(place.path, 'stranger.cjs'), join(place.path, 'was-here')]
  writeFileSync(script, `require('node:fs').writeFileSync(${JSON.stringify(trace)}, '')`)
  const env = { ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: `--require=${script}` }
  const { said } = await outcomeOf(start(['--remote-debugging-port=0', script], env))
  expect(said).toContain('Fast Gateway does not start with --remote-debugging-port')
  expect(existsSync(trace)).toBe(false)
})

test('is its archive alone: without it, code in its place does not run', async () => {
  renameSync(join(packaged.resources, 'app.asar'), join(place.path, 'app.asar'))
  const folder = join(packaged.resources, 'app')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "main": "main.cjs" }')
  writeFileSync(
    join(folder, 'main.cjs'),
    `require('node:fs').writeFileSync(${JSON.stringify(join(folder, 'was-here'))}, ''); process.exit(0)`,
  )
  expect((await outcomeOf(start())).code).not.toBe(0)
  expect(readdirSync(folder).sort()).toEqual(['main.cjs', 'package.json'])
})
