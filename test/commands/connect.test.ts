import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { built, buildTimeoutMs, endAll, newPlace, run, serve, type Served } from '../support/cli-runner'

let gateway: Served
let url: string
beforeAll(async () => {
  await built()
  gateway = await serve(newPlace())
  url = `http://127.0.0.1:${gateway.port}/mcp`
  await gateway.cli('group', 'create', 'ro', '--server', 'demo')
}, buildTimeoutMs)
afterAll(() => endAll(gateway))

interface Facts {
  readonly url: string
  readonly token: string | null
  readonly headers: Record<string, string>
  readonly snippet: string
}
const clients = async () => (await gateway.json<{ name: string }[]>('client', 'list')).map(({ name }) => name)

it('makes a client that is not there, with a token that opens the endpoint', async () => {
  const facts = await gateway.json<Facts>('connect', '--client', 'sdk', '--for', 'json')
  const [entry] = Object.values(JSON.parse(facts.snippet) as Record<string, { url: string; headers: Record<string, string> }>)
  const client = new Client({ name: 'test', version: '1' })
  const transport = new StreamableHTTPClientTransport(new URL(entry?.url ?? ''), { requestInit: { headers: entry?.headers ?? {} } })
  await client.connect(transport)
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain('demo_echo')
  await client.close()
})

it('makes nothing without --client, and nothing anew for a client that exists', async () => {
  const before = await clients()
  const nobody = await gateway.cli('connect')
  expect(nobody.stdout).toContain('Authorization: Bearer <TOKEN>')
  expect(nobody.stderr).toContain('fast-gateway connect --client NAME')
  expect(await clients()).toEqual(before)
  const { token } = await gateway.json<Facts>('connect', '--client', 'twice')
  const again = await gateway.cli('connect', '--client', 'twice')
  expect(again.stdout).toContain('Bearer <TOKEN>')
  expect(again.stderr).toContain('--rotate')
  const rotated = await gateway.json<Facts>('connect', '--client', 'twice', '--rotate')
  expect(rotated.token).toMatch(/^fgw_/)
  expect(rotated.token).not.toBe(token)
})

describe('says what to paste into', () => {
  const snippet = async (agent: string, ...args: string[]) => (await gateway.cli('connect', '--for', agent, ...args)).stdout
  /** What stands behind the line that says where it goes. */
  const pasted = (text: string) => JSON.parse(text.slice(text.indexOf('{'))) as unknown
  const headers = { Authorization: 'Bearer <TOKEN>' }

  it('Claude Code', async () => {
    const text = await snippet('claude-code')
    expect(text.split('\n')[0]).toBe(`claude mcp add --transport http gateway ${url} --header "Authorization: Bearer <TOKEN>"`)
    expect(pasted(text.slice(text.indexOf('\n')))).toEqual({ mcpServers: { gateway: { type: 'http', url, headers } } })
  })

  it('Claude Desktop', async () =>
    expect(pasted(await snippet('claude-desktop'))).toEqual({
      mcpServers: {
        gateway: {
          command: 'npx',
          args: ['-y', 'mcp-remote', url, '--transport', 'http-only', '--header', 'Authorization:${AUTHORIZATION}'],
          env: { AUTHORIZATION: 'Bearer <TOKEN>' },
        },
      },
    }))

  it('Cursor', async () => expect(pasted(await snippet('cursor'))).toEqual({ mcpServers: { gateway: { url, headers } } }))

  it('VS Code', async () => expect(pasted(await snippet('vscode'))).toEqual({ servers: { gateway: { type: 'http', url, headers } } }))

  it('Codex, with the token in a variable or in the file', async () => {
    expect(await snippet('codex', '--name', 'tools')).toBe(
      `In ~/.codex/config.toml:\n[mcp_servers.tools]\nurl = "${url}"\nbearer_token_env_var = "FAST_GATEWAY_TOKEN"\n`,
    )
    expect(await snippet('codex', '--client', 'codex')).toMatch(/\nhttp_headers = \{ "Authorization" = "Bearer fgw_[\w-]+" \}\n$/)
  })
})

describe('a group', () => {
  it('has its own address, and binds the client that is made for it', async () => {
    const facts = await gateway.json<Facts>('connect', '--client', 'bound', '--group', 'ro')
    expect(facts.url).toBe(`${url}/g/ro`)
    const elsewhere = await gateway.cli('connect', '--client', 'bound')
    expect(elsewhere).toMatchObject({ code: 1, stdout: '' })
    expect(elsewhere.stderr).toContain('--group ro')
  })

  it('that is not there makes no client', async () => {
    expect(await gateway.cli('connect', '--client', 'lost', '--group', 'rho')).toMatchObject({ code: 1, stdout: '' })
    expect(await clients()).not.toContain('lost')
  })
})

it('says where the gateway will be when it does not run, but makes no client then', async () => {
  const place = newPlace({ port: 7499, mcp_auth: 'none' })
  const env = { FAST_GATEWAY_ADMIN_TOKEN: 'a-token-of-the-tests' }
  const open = await run(place, ['connect'], { env })
  const client = await run(place, ['connect', '--client', 'x'], { env })
  place.remove()
  expect(open.stdout).toMatch(/^claude mcp add --transport http gateway http:\/\/127\.0\.0\.1:7499\/mcp\n/)
  expect(open.stdout).not.toContain('Bearer')
  expect(open.stderr).toContain('not running')
  expect(client).toMatchObject({ code: 1, stdout: '' })
})
