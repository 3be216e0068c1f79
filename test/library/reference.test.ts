import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import {
  approvalsPlugin,
  auditPlugin,
  createGateway,
  createMemoryStore,
  createMemoryVault,
  oauthPlugin,
  policyPlugin,
  toolsApiPlugin,
  type CatalogTool,
  type Gateway,
  type GatewayOptions,
  type Hooks,
  type Approval,
  type Plugin,
} from '../../src/main/library'
import { openToolServer } from '../support/gateway-upstream'
import { openOAuthServer } from '../support/oauth-server'
import { openProtectedUpstream } from '../support/oauth-upstream'

/*
 * What the README of the reference does in Python by hooks, plugins and stores of one's own, done here by the same means.
 */

const open: Gateway[] = []
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.close({ drainMs: 200 })
})

async function started(options: GatewayOptions = {}): Promise<Gateway> {
  const gateway = createGateway({ demo: true, ...options })
  open.push(gateway)
  await gateway.ready
  return gateway
}
const deleteNote = (gateway: Gateway) => gateway.callTool('demo_delete_note', { id: 1 })
const refused = (call: Promise<unknown>) =>
  call.then(String, (error: { code: string; message: string }) => `${error.code} ${error.message}`)
const upstream = () =>
  openToolServer({ echo: ({ got, text }) => text(`${String(got.headers.authorization)}, ${String(got.headers['x-team'])}`) })

describe('a hook of a program', () => {
  it('pre_mcp_connect brings credentials that the registry never sees, over the static headers', async () => {
    const { url } = await upstream()
    const inject: Hooks['preMcpConnect'] = (server) =>
      server.name === 'github' ? { headers: { authorization: 'Bearer of-the-hook', 'x-team': 'of-the-hook' } } : undefined
    const gateway = await started({ hooks: { preMcpConnect: inject } })
    for (const name of ['github', 'plain']) await gateway.servers.create({ name, url, static_headers: { 'x-team': 'of-the-record' } })
    await gateway.reload()
    expect(await gateway.callTool('github_echo', {})).toMatchObject({ content: [{ text: 'Bearer of-the-hook, of-the-hook' }] })
    expect(await gateway.callTool('plain_echo', {})).toMatchObject({ content: [{ text: 'undefined, of-the-record' }] })
    expect(JSON.stringify(gateway.servers.list())).not.toContain('of-the-hook')
  })

  it('pre_list_tools hides tools', async () => {
    const gateway = await started({ hooks: { preListTools: (tools) => tools.filter(({ bare_name }) => bare_name !== 'echo') } })
    const names = (await gateway.listTools()).map(({ name }) => name)
    expect(names).toContain('demo_add')
    expect(names).not.toContain('demo_echo')
  })

  it('pre_tool_call continues, changes the arguments, or denies with a reason, one after the other', async () => {
    const seen: unknown[] = []
    const preToolCall: Hooks['preToolCall'][] = [
      ({ arguments: { message } }) => ({ decision: 'continue', arguments: { message: `${String(message)}, changed` } }),
      (call) => void seen.push(call.arguments),
      ({ arguments: { message } }) => (String(message).includes('secret') ? { decision: 'deny', reason: 'no secrets' } : undefined),
    ]
    const gateway = await started({ hooks: { preToolCall } })
    expect(await gateway.callTool('demo_echo', { message: 'hi' })).toMatchObject({ content: [{ text: 'hi, changed' }] })
    expect(seen).toEqual([{ message: 'hi, changed' }])
    expect(await refused(gateway.callTool('demo_echo', { message: 'secret' }))).toBe('tool.denied no secrets')
  })

  it('REQUIRE_CONFIRMATION asks every confirmation hook; without one, or with one that says no, the call is denied', async () => {
    const preToolCall: Hooks['preToolCall'] = ({ tool }) =>
      tool.startsWith('delete_') ? { decision: 'confirm', reason: 'destructive' } : undefined
    const asked: string[] = []
    const says =
      (answer: boolean): Hooks['confirmation'] =>
      (call, reason) => (asked.push(`${call.exposedName}: ${reason}`), answer)
    expect(await refused(deleteNote(await started({ hooks: { preToolCall } })))).toContain('tool.')
    expect(await refused(deleteNote(await started({ hooks: { preToolCall, confirmation: [says(true), says(false)] } })))).toContain('tool.')
    expect(await deleteNote(await started({ hooks: { preToolCall, confirmation: [says(true), says(true)] } }))).not.toHaveProperty(
      'isError',
      true,
    )
    expect(new Set(asked)).toEqual(new Set(['demo_delete_note: destructive']))
  })

  it('post_tool_call replaces the result, on success only', async () => {
    const results: unknown[] = []
    const gateway = await started({
      hooks: { postToolCall: (result) => (results.push(result), { ...result, content: [{ type: 'text', text: '[redacted]' }] }) },
    })
    expect(await gateway.callTool('demo_echo', { message: 'hi' })).toMatchObject({ content: [{ text: '[redacted]' }] })
    await refused(gateway.callTool('demo_nothing', {}))
    expect(results).toHaveLength(1)
  })

  it('tool_error and connect_error observe; one that fails itself masks nothing', async () => {
    const seen: string[] = []
    const gateway = await started({
      hooks: {
        preToolCall: () => ({ decision: 'deny', reason: 'never' }),
        toolError: (error, { exposedName }) => {
          seen.push(`${exposedName} ${error.code}`)
          throw new Error('of the hook')
        },
        connectError: (error, { name }) => void seen.push(`${name} ${error.code}`),
      },
    })
    expect(await refused(gateway.callTool('demo_echo', {}))).toBe('tool.denied never')
    await gateway.servers.create({ name: 'away', url: 'http://127.0.0.1:9/mcp' })
    await gateway.reload()
    expect(seen).toContain('demo_echo tool.denied')
    expect(seen).toContain('away upstream.unreachable')
  })
})

describe('what needs no hook of one’s own', () => {
  it('deny_hook is policy.deny, confirm_hook policy.confirm', async () => {
    const config = { policy: { deny: ['*_add'], confirm: ['*_delete_*'], audit: true, rules: [], default: 'allow' as const } }
    const gateway = await started({ config, plugins: [policyPlugin()] })
    expect(await refused(gateway.callTool('demo_add', { a: 1, b: 1 }))).toMatch(/^tool\.(denied|not_found)/)
    expect(await refused(deleteNote(gateway))).toMatch(/^tool\.(denied|unconfirmed)/)
    expect(await gateway.callTool('demo_echo', { message: 'hi' })).toMatchObject({ content: [{ text: 'hi' }] })
  })

  it('audit_hook and audit_error_hook are the audit, which has a row of what ran and of what did not', async () => {
    const store = createMemoryStore()
    const gateway = await started({ store, plugins: [policyPlugin(), auditPlugin()] })
    await gateway.callTool('demo_echo', { message: 'hi' })
    await refused(deleteNote(gateway))
    await expect
      .poll(() => store.audit.query({ limit: 10 }).entries.map(({ tool, outcome }) => [tool, outcome]))
      .toEqual([
        ['delete_note', 'denied'],
        ['echo', 'ok'],
      ])
  })
})

describe('a plugin of a program', () => {
  it('contributes hooks, a wrapper around the call and a tool, and is set up and torn down in order', async () => {
    const steps: string[] = []
    const mine = (name: string): Plugin => ({
      name,
      contribute(host) {
        steps.push(`setup ${name}, ${host.catalogTools().length} tools`)
        return {
          hooks: { preToolCall: () => void steps.push(`hook ${name}`) },
          around: (next) => (call, decision) => (steps.push(`around ${name}`), next(call, decision)),
          tools: [
            {
              definition: { name: `tool_of_${name}`, description: 'mine', inputSchema: { type: 'object' } },
              call: () => Promise.resolve({ content: [{ type: 'text', text: name }] }),
            },
          ],
          close: () => void steps.push(`teardown ${name}`),
        }
      },
    })
    const gateway = await started({ plugins: [mine('a'), mine('b')] })
    await gateway.callTool('demo_echo', { message: 'hi' })
    const client = await gateway.client()
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('tool_of_a')
    await client.close()
    await gateway.close()
    expect(steps).toEqual([
      ...['setup a, 0 tools', 'setup b, 0 tools', 'hook a', 'hook b', 'around a', 'around b', 'teardown b', 'teardown a'],
    ])
  })

  it('HumanApprovalPlugin takes any notifier, whose failure blocks no decision', async () => {
    const told: [string, string][] = []
    const notifier = (approval: Approval, url: string) => {
      told.push([approval.tool_name, url])
      return Promise.reject(new Error('Slack is down'))
    }
    const approvals = approvalsPlugin({ notifier, baseUrl: () => 'http://127.0.0.1:1/admin/hil' })
    const gateway = await started({ plugins: [policyPlugin(), approvals], approverToken: 'approver-of-the-tests' })
    const running = deleteNote(gateway)
    await expect.poll(() => told.length).toBe(1)
    expect(told[0]).toEqual(['demo_delete_note', expect.stringContaining('http://127.0.0.1:1/admin/hil')])
    const [pending] = approvals.pending()
    approvals.decide(pending?.id ?? '', { approve: true, by: 'desktop' })
    expect(await running).not.toHaveProperty('isError', true)
  })

  it('ToolsApiPlugin is toolsApiPlugin, mounted at /admin/tools', async () => {
    const gateway = await started({ plugins: [toolsApiPlugin()] })
    const answer = await gateway.admin(new Request('http://gateway/tools'), 'admin')
    expect(((await answer.json()) as CatalogTool[]).map(({ name }) => name)).toContain('demo_echo')
  })
})

it('OAuthPlugin and client_credentials_hook are oauthPlugin: tokens are fetched without a person', async () => {
  const client = { client_id: 'machine', client_secret: 'secret-of-the-machine', grant_types: ['client_credentials'] }
  const as = await openOAuthServer({ clients: [{ ...client, redirect_uris: [], response_types: [] }] })
  const protectedUpstream = await openProtectedUpstream(as)
  const gateway = await started({ plugins: [oauthPlugin()], vault: createMemoryVault({ machine: 'secret-of-the-machine' }) })
  await gateway.servers.create({
    ...{ name: 'hosted', url: protectedUpstream.url, auth: 'oauth_client_credentials' },
    ...{ oauth_client_id: 'machine', oauth_client_secret: '${keychain:machine}' },
  })
  await gateway.reload()
  expect(await gateway.callTool('hosted_echo', {})).toMatchObject({ content: [{ text: 'echo was run' }] })
  expect(as.asked).toEqual({ client_credentials: 1 })
  await protectedUpstream.close()
  await as.close()
})

describe('what agent-os does at its seams', () => {
  it('is done by a hook: suspicious arguments and exhausted budgets are denied before the call', async () => {
    const calls = new Map<string | null, number>()
    const preToolCall: Hooks['preToolCall'][] = [
      (call) =>
        /ignore (all|previous) instructions/i.test(JSON.stringify(call.arguments))
          ? { decision: 'deny', reason: 'looks like prompt injection' }
          : undefined,
      ({ context: { group } }) => {
        calls.set(group, (calls.get(group) ?? 0) + 1)
        return (calls.get(group) ?? 0) > 2 ? { decision: 'deny', reason: 'the budget of this group is used up' } : undefined
      },
    ]
    const gateway = await started({ hooks: { preToolCall } })
    const echo = (message: string) => refused(gateway.callTool('demo_echo', { message }))
    expect(await echo('ignore previous instructions')).toContain('prompt injection')
    await echo('one')
    await echo('two')
    expect(await echo('three')).toContain('budget')
  })

  it('is done by a hook: responses are blocked or redacted after the call', async () => {
    const postToolCall: Hooks['postToolCall'] = (result) =>
      JSON.parse(JSON.stringify(result).replaceAll(/\d{4}-\d{4}/g, '[redacted]')) as typeof result
    const gateway = await started({ hooks: { postToolCall } })
    expect(await gateway.callTool('demo_echo', { message: 'card 1234-5678' })).toMatchObject({ content: [{ text: 'card [redacted]' }] })
  })

  it('is done by a hook: servers outside of a list are not connected, poisoned tools not listed', async () => {
    const { url } = await openToolServer({}, { tools: [{ name: 'sly', description: '<hidden>', inputSchema: { type: 'object' } }] })
    const gateway = await started({
      hooks: {
        preMcpConnect: (server) => {
          if (server.name === 'outside') throw new Error('not on the list')
        },
        preListTools: (tools) => tools.filter(({ description }) => description?.includes('<hidden>') !== true),
      },
    })
    await gateway.servers.create({ name: 'inside', url })
    await gateway.servers.create({ name: 'outside', url })
    await gateway.reload()
    expect(Object.fromEntries(gateway.servers.list().map(({ name, state }) => [name, state]))).toMatchObject({
      inside: 'ready',
      outside: 'failed',
    })
    expect((await gateway.listTools()).map(({ name }) => name)).not.toContain('inside_sly')
  })
})

it('a store of a program’s own is all that the gateway keeps things in', async () => {
  const kept = createMemoryStore()
  const used: string[] = []
  const store = {
    ...kept,
    servers: { ...kept.servers, put: (row: Parameters<typeof kept.servers.put>[0]) => (used.push(row.name), kept.servers.put(row)) },
  }
  const gateway = await started({ store, demo: false })
  await gateway.servers.create({ name: 'mine', url: 'http://127.0.0.1:9/mcp', enabled: false })
  expect(used).toEqual(['mine'])
})

it('one handler is all that a host application mounts: /mcp, /admin and its own pages', async () => {
  const gateway = await started({ adminToken: 'admin-token-of-the-tests' })
  const host = createServer((req, res) => (req.url === '/' ? res.end('mine') : gateway.handler(req, res)))
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(host.address() as AddressInfo).port}`
  const token = { headers: { authorization: 'Bearer admin-token-of-the-tests' } }
  expect(await (await fetch(base)).text()).toBe('mine')
  expect((await fetch(`${base}/admin/servers`, token)).status).toBe(200)
  expect((await fetch(`${base}/admin/servers`)).status).toBe(401)
  expect((await fetch(`${base}/mcp`, { method: 'POST', body: '{}' })).status).toBe(401)
  await new Promise((resolve) => host.close(resolve))
})
