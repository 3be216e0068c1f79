import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { answer, openHttpUpstream } from '../support/http-upstream'
import { connectAgent, runProgram, textOf, type Program } from '../support/library-program'

const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})
const opened = <Thing extends { close(): Promise<unknown> }>(thing: Thing): Thing => (open.push(thing), thing)

describe('examples/embed.ts, a gateway inside a program', () => {
  async function started(env: Readonly<Record<string, string>> = {}) {
    const program = opened(runProgram(['examples/embed.ts'], { PORT: '0', ...env }))
    const endpoint = await program.says(/^MCP endpoint {2}: (\S+)$/m)
    const client = opened(await connectAgent(endpoint, await program.says(/^Client token {2}: (\S+)$/m)))
    const call = async (name: string, args: Record<string, unknown> = {}) => textOf(await client.callTool({ name, arguments: args }))
    return { program, endpoint, client, call }
  }

  it('serves its own page beside the endpoint', async () => {
    const { endpoint, call } = await started()
    expect(await (await fetch(new URL('/', endpoint))).text()).toBe('Your own page.\n')
    expect(await call('demo_echo', { message: 'hello' })).toBe('hello')
  })

  it('denies what its hook denies, with the reason', async () => {
    const { call } = await started()
    expect(await call('demo_echo', { message: 'my password is 1234' })).toContain('Passwords do not belong in tools.')
  })

  it('asks at the terminal before something is deleted: yes runs it, everything else does not', async () => {
    const { program, call } = await started()
    const refused = call('demo_delete_note', { id: 1 })
    await program.says(/demo_delete_note \{"id":1\} \[y\/N\]/)
    program.type('')
    expect(await refused).not.toContain('Deleted')
    const allowed = call('demo_delete_note', { id: 2 })
    await program.says(/demo_delete_note \{"id":2\} \[y\/N\]/)
    program.type('y')
    expect(await allowed).toBe('Deleted note 2.')
  })

  it('asks one question after the other', async () => {
    const { program, call } = await started()
    const both = [call('demo_delete_note', { id: 1 }), call('demo_delete_note', { id: 2 })]
    await program.says(/\[y\/N\]/)
    program.type('y')
    await program.says(/\[y\/N\][^]*\[y\/N\]/)
    program.type('y')
    expect(await Promise.all(both)).toEqual(['Deleted note 1.', 'Deleted note 2.'])
  })

  it('counts calls in its plugin, and tells them through a tool of its own', async () => {
    const { client, call } = await started()
    await call('demo_echo', { message: 'one' })
    await call('demo_echo', { message: 'two' })
    expect((await client.listTools()).tools.map((tool) => tool.name)).toContain('usage')
    expect(JSON.parse(await call('usage'))).toEqual({ demo_echo: 2 })
  })

  it('brings the credentials of its environment to the upstream that they are for', async () => {
    const tools = [{ name: 'whoami', inputSchema: { type: 'object' } }]
    const github = opened(
      await openHttpUpstream({
        onRequest: (got, res) =>
          void answer(res, got, got.message.method === 'tools/list' ? { tools } : { content: [{ type: 'text', text: 'it was you' }] }),
      }),
    )
    const { call } = await started({ GITHUB_TOKEN: 'a-token-of-the-environment', GITHUB_MCP_URL: github.url })
    await github.saw(({ message }) => message.method === 'tools/list')
    await expect.poll(() => call('github_whoami')).toBe('it was you')
    expect(new Set(github.got.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer a-token-of-the-environment']))
  })

  it('ends in order when it is told to', async () => {
    const { program } = await started()
    expect(await program.stop()).toBe(0)
  })
})

describe('examples/daemon, a gateway that is only configured', () => {
  const adminToken = 'an-admin-token-for-these-tests'
  const approverToken = 'an-approver-token-for-these-tests'

  async function started(): Promise<{ program: Program; endpoint: string; ask: typeof ask }> {
    const folder = await mkdtemp(join(tmpdir(), 'fast-gateway-example-'))
    open.push({ close: () => rm(folder, { recursive: true, force: true }) })
    await cp('examples/daemon', folder, { recursive: true })
    const env = { HOME: folder, FAST_GATEWAY_ADMIN_TOKEN: adminToken, FAST_GATEWAY_APPROVER_TOKEN: approverToken }
    const args = [resolve('out/main/cli.js'), 'serve', '--config', join(folder, 'gateway.json'), '--port', '0']
    const program = opened(runProgram(args, env, folder))
    const endpoint = await program.says(/^MCP endpoint {2}: (\S+)$/m)
    const ask = async (path: string, token: string, body?: unknown) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
      return (await fetch(new URL(`/admin${path}`, endpoint), { headers, ...sent })).json()
    }
    return { program, endpoint, ask }
  }

  it('starts with its policy in force: allows, denies and asks as written, and ends in order', async () => {
    const { program, endpoint, ask } = await started()
    const { token } = (await ask('/clients', adminToken, { name: 'my-agent' })) as { token: string }
    const client = opened(await connectAgent(endpoint, token))
    const call = async (name: string, args: Record<string, unknown>) => textOf(await client.callTool({ name, arguments: args }))

    expect(await call('demo_echo', { message: 'hello' })).toBe('hello')
    expect((await client.listTools()).tools.map((tool) => tool.name)).not.toContain('demo_add_note')
    expect(await call('demo_add_note', { text: 'no' })).toContain('There is no tool "demo_add_note" here')

    const held = call('demo_delete_note', { id: 2 })
    const pending = () => ask('/hil/pending', approverToken) as Promise<{ id: string; reason: string }[]>
    await expect.poll(pending).toEqual([expect.objectContaining({ tool_name: 'demo_delete_note', reason: 'It cannot be undone.' })])
    const [asked] = await pending()
    await ask(`/hil/pending/${asked?.id}/approve`, approverToken, {})
    expect(await held).toBe('Deleted note 2.')

    expect(await program.stop()).toBe(0)
  })
})
