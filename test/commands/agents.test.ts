import { mkdirSync, readFileSync, existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { built, buildTimeoutMs, endAll, newPlace, serve, start, type Served } from '../support/cli-runner'

let gateway: Served
let file: string
beforeAll(async () => {
  await built()
  gateway = await serve(newPlace())
  file = join(gateway.place.folder, '.cursor/mcp.json')
}, buildTimeoutMs)
afterAll(() => endAll(gateway))

const before = '{\n\t// mine\n\t"mcpServers": { "other": { "url": "https://other.test/mcp", "headers": {} } },\n}\n'
beforeEach(() => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, before)
})
const text = () => readFileSync(file, 'utf8')
const clients = async () => (await gateway.json<{ name: string }[]>('client', 'list')).map(({ name }) => name)

it('shows the change and writes nothing where nobody can be asked', async () => {
  const { code, stderr } = await gateway.cli('connect', 'cursor', '--write')
  expect(code).toBe(2)
  expect(stderr).toContain(file)
  expect(stderr).toContain('+ ')
  expect(stderr).toContain('--yes')
  expect(text()).toBe(before)
  expect(await clients()).not.toContain('cursor')
})

it('writes a client of its own whose token opens the gateway, tells no token, and undoes it byte for byte', async () => {
  const { code, stdout, stderr } = await gateway.cli('connect', 'cursor', '--write', '--yes', '--client', 'one')
  expect({ code, said: stdout + stderr }).toMatchObject({ code: 0 })
  expect(stdout + stderr).not.toMatch(/fgw_/)
  const [, url = '', authorization = ''] = /"url": ?"(http:[^"]+)"[^]*"Authorization": ?"(Bearer fgw_[^"]+)"/.exec(text()) ?? []
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { authorization } } }))
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain('demo_echo')
  await client.close()
  expect((await gateway.cli('connect', 'cursor', '--undo')).code).toBe(0)
  expect(text()).toBe(before)
})

it('asks on a terminal, and takes no for an answer', async () => {
  const env = { FAST_GATEWAY_URL: `http://127.0.0.1:${gateway.port}` }
  const running = start(gateway.place, ['connect', 'cursor', '--write', '--client', 'asked'], { env, terminal: true })
  await running.says('[y/N]')
  running.type('n\n')
  expect((await running.ended).stdout).toContain('Nothing was written')
  expect(text()).toBe(before)
  expect(await clients()).not.toContain('asked')
})

it('says how to take the entry out of a file that somebody has changed since', async () => {
  await gateway.cli('connect', 'cursor', '--write', '--yes', '--client', 'two')
  writeFileSync(file, `${text()}// later\n`)
  const refused = await gateway.cli('connect', 'cursor', '--undo')
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('fast-gateway connect cursor --undo --entry')
  expect((await gateway.cli('connect', 'cursor', '--undo', '--entry')).code).toBe(0)
  expect(text()).toBe(`${before}// later\n`)
})

it('leaves a client that exists its token, unless told to rotate, and makes none in vain', async () => {
  await gateway.cli('connect', '--client', 'three')
  expect((await gateway.cli('connect', 'cursor', '--write', '--yes', '--client', 'three')).stderr).toContain('--rotate')
  expect((await gateway.cli('connect', 'cursor', '--write', '--yes', '--client', 'three', '--rotate')).code).toBe(0)
  writeFileSync(file, '{ broken')
  expect((await gateway.cli('connect', 'cursor', '--write', '--yes', '--client', 'four')).code).toBe(1)
  expect(await clients()).not.toContain('four')
})

it.each([
  [['connect', '--write'], 'Say whose config file'],
  [['connect', 'json', '--write'], 'Say whose config file'],
  [['connect', 'cursor', '--write', '--undo'], 'two things'],
  [['connect', 'cursor', '--entry'], '--entry goes with --undo'],
  [['connect', 'emacs'], 'Allowed choices'],
  [['connect', 'cursor', '--for', 'codex'], 'Name the agent once'],
  [['import', '--file', 'no-such-file', '--all'], 'cannot be read'],
  [['import'], '--all'],
])('refuses %j', async (args, why) => {
  const { code, stderr } = await gateway.cli(...args)
  expect(code).toBe(2)
  expect(stderr).toContain(why)
})

interface Imported {
  readonly sources: { readonly title: string; readonly candidates: { readonly key: string; readonly problem: string | null }[] }[]
  readonly imported: { readonly added: { readonly name: string }[]; readonly failed: unknown[] }[]
}
const names = async () => (await gateway.json<{ name: string; state: string }[]>('list')).map(({ name, state }) => `${name} ${state}`)

it('imports what a file names: shown first, commands untrusted until a person says so', async () => {
  const pwned = join(gateway.place.folder, 'pwned')
  const config = join(gateway.place.folder, 'some.json')
  const bad = { command: 'x', args: ['--token', 'abcdefgh12345678'] }
  writeFileSync(config, JSON.stringify({ mcpServers: { toucher: { command: 'touch', args: [pwned] }, bad } }))
  const shown = await gateway.cli('import', '--file', config, '--dry-run')
  expect(shown.stdout).toContain('must be trusted')
  expect(shown.stdout).not.toContain('abcdefgh12345678')
  expect(await names()).not.toContain('toucher needs_trust')
  const { sources, imported } = await gateway.json<Imported>('import', '--file', config, '--all')
  expect(sources[0]?.candidates.map(({ key, problem }) => [key, problem === null])).toEqual([
    ['toucher', true],
    ['bad', false],
  ])
  expect(imported).toMatchObject([{ added: [{ name: 'toucher' }], failed: [] }])
  expect(await names()).toContain('toucher needs_trust')
  expect(existsSync(pwned)).toBe(false)
})

it('imports from an agent, only what is named', async () => {
  const { imported } = await gateway.json<Imported>('import', 'other', '--from', 'cursor', '--all')
  expect(imported).toMatchObject([{ added: [{ name: 'other' }], failed: [] }])
  expect((await gateway.cli('import', 'nobody', '--from', 'cursor', '--all')).stderr).toContain('--dry-run shows')
  expect((await gateway.cli('import', '--from', 'codex')).stderr).toContain('no config file of codex')
  writeFileSync(file, '{ broken')
  expect((await gateway.cli('import', '--from', 'cursor', '--dry-run')).stdout).toContain('Line 1 is not valid JSON')
})
