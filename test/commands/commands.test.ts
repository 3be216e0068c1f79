import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuditEntry, CatalogTool, ClientWithToken, GatewayStatus, GroupRecord, ServerView } from '../../src/shared/records'
import type { GatewayStats, PolicyReplay } from '../../src/shared/stats'
import { built, buildTimeoutMs, endAll, newPlace, run, serve, start, type Served } from '../support/cli-runner'

let gateway: Served
beforeAll(async () => {
  await built()
  gateway = await serve(newPlace())
}, buildTimeoutMs)
afterAll(() => endAll(gateway))

const cli = (...args: string[]) => gateway.cli(...args)
const json = <T>(...args: string[]) => gateway.json<T>(...args)
/** A closed port of our own. */
const nowhere = 'http://127.0.0.1:9/mcp'

describe('servers', () => {
  it('are added with everything that was said, listed, switched and removed', async () => {
    const added = await cli(
      ...['add', 'weather', nowhere, '--allow', 'get_*', '--allow', 'list_*', '--deny', '*_delete', '--tag', 'web', '--timeout', '7.5'],
      ...['--header', 'Authorization=Bearer ${env:WEATHER_TOKEN}', '--header', 'X-Team: red', '--sharing', 'shared', '--disabled'],
    )
    expect(added).toMatchObject({ code: 0, stdout: 'Added weather.\n' })
    expect(added.stderr).toContain('fast-gateway enable weather')
    const [weather] = (await json<ServerView[]>('list')).filter(({ name }) => name === 'weather')
    expect(weather).toMatchObject({
      ...{ transport: 'http', url: nowhere, allow: ['get_*', 'list_*'], deny: ['*_delete'], tags: ['web'], timeout_seconds: 7.5 },
      ...{
        static_headers: { Authorization: 'Bearer ${env:WEATHER_TOKEN}', 'X-Team': 'red' },
        sharing: 'shared',
        enabled: false,
        state: 'disabled',
      },
    })
    expect((await cli('ls')).stdout).toMatch(/^weather +http +disabled +0 +http:\/\/127\.0\.0\.1:9\/mcp/m)
    expect((await cli('enable', 'weather')).stdout).toBe('Enabled weather.\n')
    expect((await json<ServerView>('disable', 'weather')).enabled).toBe(false)
    expect((await cli('rm', 'weather')).stdout).toContain('Removed weather.')
    expect((await json<ServerView[]>('list')).map(({ name }) => name)).toEqual(['demo'])
  })

  it('that fail are stored all the same, with 1 and with what is wrong', async () => {
    const { code, stdout, stderr } = await cli('add', 'dead', nowhere)
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'Added dead.\n' })
    expect(stderr).toMatch(/^dead does not answer\. .*fast-gateway test dead/)
    expect((await cli('list')).stdout).toMatch(/^dead +http +failed +0 +http[^]*\n\ndead does not answer\. .*fast-gateway test dead/m)
    expect(await cli('test', 'dead')).toMatchObject({ code: 1, stdout: expect.stringMatching(/^failed {2}/) as string })
    expect(await cli('refresh', 'dead')).toMatchObject({ code: 1 })
    expect(await cli('reload')).toMatchObject({ code: 1, stdout: expect.stringContaining('dead') as string })
    await cli('remove', 'dead')
  })

  it('that answer are tested, refreshed and reloaded with 0', async () => {
    expect(await json('test', 'demo')).toEqual({ ok: true, tool_count: 7 })
    expect(await json('refresh', 'demo')).toMatchObject({ status: 'refreshed', degraded: false })
    expect(await json('reload')).toEqual({ status: 'reloaded', degraded: [] })
    expect((await cli('test', 'demo')).stdout).toBe('ok  demo answers with 7 tools.\n')
  })

  it('take client credentials for OAuth as a reference, never the secret', async () => {
    const oauth = ['--oauth-token-url', 'https://idp.test/token', '--oauth-client-id', 'me', '--disabled', '--scope', 'read']
    const raw = await cli('add', 'machine', nowhere, ...oauth, '--oauth-client-secret', 'hunter2hunter2')
    expect(raw.code).toBe(1)
    expect(raw.stderr).not.toContain('hunter2')
    const added = await json<ServerView>('add', 'machine', nowhere, ...oauth, '--oauth-client-secret', '${env:SECRET}')
    expect(added).toMatchObject({ auth: 'oauth_client_credentials', oauth_client_id: 'me', oauth_scopes: ['read'] })
    await cli('rm', 'machine')
  })

  it.each([
    ['nothing', ['add', 'x'], 'Say where the server is'],
    ['a command without "--"', ['add', 'x', 'npx', 'server'], 'put "--" before it'],
    ['a word that is no URL', ['add', 'x', 'localhost'], 'is no URL'],
    ['a header without a value', ['add', 'x', nowhere, '--header', 'alone'], '--header'],
    ['a time-out of nothing', ['add', 'x', nowhere, '--timeout', '0'], '--timeout'],
    ['a transport that there is not', ['add', 'x', nowhere, '--transport', 'pigeon'], 'Allowed choices are http, sse, stdio'],
    ['trust where there is no command', ['add', 'x', nowhere, '--trust'], 'leave --trust out'],
    ['a scope without a login', ['add', 'x', nowhere, '--scope', 'read'], '--oauth'],
  ])('are not added with %s', async (_what, args, words) => {
    const { code, stdout, stderr } = await cli(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(words)
  })

  it('are not added under a name that tools could not have, which the gateway says', async () => {
    const { code, stderr } = await cli('add', 'no_underscore', nowhere)
    expect(code).toBe(1)
    expect(stderr).toContain('name')
  })
})

describe('groups', () => {
  it('are created, given members and rules, and removed', async () => {
    expect(await cli('group', 'create', 'readonly')).toMatchObject({ code: 0, stdout: 'Created the group readonly with 0 servers.\n' })
    expect((await cli('group', 'members', 'readonly', '--server', 'demo')).stdout).toBe('demo\n')
    expect((await json<GroupRecord>('group', 'members', 'readonly', '--remove', 'demo')).member_server_ids).toEqual([])
    expect((await cli('group', 'members', 'readonly', '--add', 'demo', '--add', 'demo')).stdout).toBe('demo\n')
    expect((await json<GroupRecord>('group', 'allow', 'readonly', 'list_*', 'echo')).allow).toEqual(['list_*', 'echo'])
    expect((await json<GroupRecord>('group', 'allow', 'readonly', '--remove', 'echo', '--add', 'time')).allow).toEqual(['list_*', 'time'])
    expect((await cli('group', 'deny', 'readonly', 'time')).stdout).toBe('time\n')
    expect((await json<CatalogTool[]>('tools', 'list', '--group', 'readonly')).map(({ name }) => name)).toEqual(['demo_list_notes'])
    expect((await json<GroupRecord>('group', 'deny', 'readonly', '--clear')).deny).toEqual([])
    expect((await cli('group', 'ls')).stdout).toMatch(/^readonly {2}list_\* time +demo$/m)
    expect((await cli('group', 'rm', 'readonly')).stdout).toBe('Removed the group readonly.\n')
    expect(await json('group', 'list')).toEqual([])
  })

  it.each([[['group', 'members', 'x', '--server', 'demo', '--add', 'demo']], [['group', 'deny', 'x', 'a', '--clear']]])(
    'are not changed in two ways at once: %s',
    async (args) => {
      await cli('group', 'create', 'x')
      expect(await cli(...args)).toMatchObject({ code: 2, stdout: '' })
      await cli('group', 'rm', 'x')
    },
  )
})

describe('clients', () => {
  it('get a token that stands alone on standard output, a new one, and go', async () => {
    const { code, stdout, stderr } = await cli('client', 'add', 'ci')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^fgw_[\w-]{40,}\n$/)
    expect(stderr).toContain('not shown again')
    expect((await json<ClientWithToken>('client', 'rotate', 'ci')).token).not.toBe(stdout.trim())
    expect((await cli('client', 'ls')).stdout).toMatch(/^ci +everything +\d+ s ago +never$/m)
    expect(await cli('client', 'add', 'ci')).toMatchObject({ code: 1, stdout: '' })
    expect((await cli('client', 'rm', 'ci')).code).toBe(0)
    expect(await json('client', 'list')).toEqual([])
  })
})

describe('tools', () => {
  it('are listed and found by words', async () => {
    expect((await cli('tools', 'list')).stdout).toMatch(/^demo_echo +Says back what you say/m)
    expect((await json<CatalogTool[]>('tools', 'list', 'COUNT')).map(({ name }) => name)).toEqual(['demo_countdown'])
    expect(await json('tools', 'list', '--server', 'demo')).toHaveLength(7)
  })

  it('are described', async () => {
    expect((await cli('tools', 'describe', 'demo_add')).stdout).toMatch(/^demo_add {2}.*\n\nServer demo, there called add\./)
    expect(await json('tools', 'describe', 'demo_add')).toMatchObject({ namespace: 'demo', bare_name: 'add' })
  })

  it.each([
    ['pairs', ['a=40', 'b=2']],
    ['JSON', ['--args', '{"a": 40, "b": 2}']],
    ['JSON and a pair over it', ['--args', '{"a": 1, "b": 2}', 'a=40']],
  ])('are called with %s', async (_what, args) => {
    expect(await cli('tools', 'call', 'demo_add', ...args)).toMatchObject({ code: 0, stdout: '42\n' })
  })

  it('are called with arguments from standard input and from a file, and answer as JSON', async () => {
    const at = { FAST_GATEWAY_URL: `http://127.0.0.1:${gateway.port}` }
    writeFileSync(join(gateway.place.folder, 'args.json'), '{"message": "filed"}')
    const input = { env: at, input: '{"message": "piped"}' }
    expect((await run(gateway.place, ['tools', 'call', 'demo_echo', '--args', '-'], input)).stdout).toBe('piped\n')
    expect(await json('tools', 'call', 'demo_echo', '--args', '@args.json')).toMatchObject({
      is_error: false,
      content: [{ type: 'text', text: 'filed' }],
    })
  })

  it('keep text as text where they want text', async () => {
    expect((await cli('tools', 'call', 'demo_echo', 'message=007')).stdout).toBe('007\n')
  })

  it('show what is hidden in what they say, also as JSON', async () => {
    const args = ['tools', 'call', 'demo_echo', '--args', JSON.stringify({ message: 'a\u001b[2Jb\u202ec\u200bd\u009be\nf' })]
    expect((await cli(...args)).stdout).toBe('a\\u{1b}[2Jb\\u{202e}c\\u{200b}d\\u{9b}e\nf\n')
    const { stdout } = await cli(...args, '--json')
    expect(stdout).not.toMatch(/[^\n\x20-\x7e]/)
    expect(JSON.parse(stdout)).toMatchObject({ content: [{ text: 'a\u001b[2Jb\u202ec\u200bd\u009be\nf' }] })
  })

  it('that fail end with 1, their words on standard error', async () => {
    const failed = await cli('tools', 'call', 'demo_add', 'a=1', 'b=x')
    expect(failed).toMatchObject({ code: 1, stdout: '' })
    expect(failed.stderr).not.toBe('')
  })

  it.each([[['message']], [['--args', '[1]']], [['--args', '{']], [['--args', '@nowhere.json']]])(
    'are not called with %s',
    async (args) => {
      expect(await cli('tools', 'call', 'demo_echo', ...args)).toMatchObject({ code: 2, stdout: '' })
    },
  )
})

describe('the audit', () => {
  it('tells what was called, filtered, as a table or a JSON object on each line', async () => {
    await cli('tools', 'call', 'demo_echo', 'message=needle')
    expect((await cli('audit', 'needle')).stdout).toMatch(/admin +demo_echo +allow \(default\) +ok .*needle/)
    const lines = (await cli('audit', '--tool', 'echo', '--since', '1h', '--limit', '2', '--json')).stdout.trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as AuditEntry).tool)).toEqual(['echo', 'echo'])
    expect((await cli('audit', '--outcome', 'denied')).stdout).toBe('Nothing was called that fits.\n')
    expect(await cli('audit', '--since', 'yesterday')).toMatchObject({ code: 2, stdout: '' })
  })

  it('is followed', async () => {
    const at = { FAST_GATEWAY_URL: `http://127.0.0.1:${gateway.port}` }
    const following = start(gateway.place, ['audit', '--follow', '--json', '--tool', 'time'], { env: at })
    await cli('tools', 'call', 'demo_time')
    await following.says('"tool":"time"')
    following.child.kill()
    await following.ended
    expect(following.stdout().trim().split('\n')).toHaveLength(1)
  })
})

describe('the policy', () => {
  it('is shown and asked', async () => {
    expect(await json('policy', 'show')).toMatchObject({ policy: { default: 'allow' } })
    expect((await cli('policy', 'check', '--tool', 'demo_delete_note')).stdout).toMatch(/^ask {2}confirm:destructive: /)
    expect(await json('policy', 'check', '--server', 'demo', '--tool', 'echo', '--client', 'ci')).toMatchObject({ effect: 'allow' })
  })

  it.each([
    ['a policy', '{"deny": ["*_drop_*"]}', 0, 'is a valid policy file'],
    ['a policy under "policy"', '{"policy": {"default": "ask"}}', 0, 'is a valid policy file'],
    ['a config', '{"port": 1, "policy": {"rules": []}, "audit": {}}', 0, 'is a valid config file'],
    ['a typing error in a policy', '{"denny": []}', 1, 'did you mean "deny"?'],
    ['a typing error in a config', '{"prot": 1, "name": "x"}', 1, 'did you mean "port"?'],
    ['a pattern that is too much', '{"deny": ["*a*b*c*d*"]}', 1, 'deny[0]'],
    ['no JSON', '{', 1, 'cannot be read'],
    ['no object', '[]', 1, 'one JSON object'],
  ])('is checked in a file without a gateway: %s', async (_what, text, code, words) => {
    const place = newPlace()
    writeFileSync(join(place.folder, 'checked.json'), text)
    const result = await run(place, ['policy', 'check', 'checked.json'])
    place.remove()
    expect(result.code).toBe(code)
    expect(result.stdout + result.stderr).toContain(words)
  })

  it('is tried on what was called before it is saved', async () => {
    await cli('tools', 'call', 'demo_time')
    const draft = join(gateway.place.folder, 'draft.json')
    writeFileSync(draft, '{"rules": [{"effect": "deny", "server": "demo", "tool": "time"}], "confirm": []}')
    const told = await json<PolicyReplay>('policy', 'replay', draft, '--since', '1h')
    expect(told.rules.find(({ rule }) => rule === 'rules[0]')).toMatchObject({ effect: 'deny' })
    expect((await cli('policy', 'replay', draft)).stdout).toMatch(/would be decided otherwise than now\.[^]*rules\[0\] +deny/)
    expect(await cli('policy', 'replay', draft, '--since', 'yesterday')).toMatchObject({ code: 2, stdout: '' })
  })

  it('is checked either in a file or for a tool', async () => {
    for (const args of [[], ['x.json', '--tool', 'y']]) expect(await cli('policy', 'check', ...args)).toMatchObject({ code: 2 })
  })
})

describe('info', () => {
  it('says how the gateway is', async () => {
    const { code, stdout } = await cli('info')
    expect(code).toBe(0)
    expect(stdout).toContain(`MCP endpoint  : http://127.0.0.1:${gateway.port}/mcp`)
    expect(stdout).toContain('Servers       : 1 of 1 ready, 7 tools')
    expect(await json<GatewayStatus>('status')).toMatchObject({ config_file: gateway.place.config, safe_mode: false })
  })
})

describe('what passed through', () => {
  it('is told in numbers', async () => {
    await cli('tools', 'call', 'demo_time')
    const told = await json<GatewayStats>('stats', '--since', '1h')
    expect([told.servers.map(({ server }) => server), typeof told.gateway_ms]).toEqual([['demo'], 'number'])
    expect((await cli('stats')).stdout).toMatch(/^\d+ calls?\. Servers took [^]*SERVER[^]*demo/)
  })

  it('can be sent to whoever helps, without the token', async () => {
    const { stdout } = await cli('diagnostics')
    expect(JSON.parse(stdout)).toMatchObject({ status: { safe_mode: false }, servers: [{ name: 'demo' }] })
    expect(stdout).not.toMatch(/fgw_/)
  })
})
