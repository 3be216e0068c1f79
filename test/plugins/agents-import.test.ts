import { describe, expect, it } from 'vitest'
import type { AgentId, ImportCandidate, ImportResult, ImportSource } from '../../src/shared/agents'
import { GatewayError } from '../../src/shared/errors'
import type { Vault } from '../../src/main/gateway/secrets'
import { createMemoryVault } from '../../src/main/vault/memory'
import { agentIds, agentRig, entry, fixture, type AgentRig, type AgentRigOptions } from '../support/agent-rig'

const secretsOfFixtures =
  /ghp_fixture|sk-ant-api03-fixture|fixture-db-password|patFixture|asana-fixture|BSAfixture|ctx7sk-fixture|exa-fixture|docs-fixture|fgw_fixture/

async function withFixtures(options: AgentRigOptions = {}) {
  const vault = createMemoryVault()
  const rig = await agentRig({ vault, ...options })
  for (const id of agentIds) rig.put(id, fixture(id))
  return { rig, vault }
}
const sourceOf = async (rig: AgentRig, id: AgentId) => {
  const found = (await rig.ok<ImportSource[]>('GET', '/import')).find((source) => source.id === id)
  if (!found) throw new Error(`${id} has no file`)
  return found
}
const parsed = async (text: string, options: AgentRigOptions = {}): Promise<ImportSource> =>
  (await agentRig({ vault: createMemoryVault(), ...options })).ok('POST', '/import/parse', { text })
const candidates = async (text: string, options?: AgentRigOptions) => (await parsed(text, options)).candidates
const only = async (text: string, options?: AgentRigOptions): Promise<ImportCandidate> => {
  const [first, ...more] = await candidates(text, options)
  if (!first || more.length > 0) throw new Error('not one candidate')
  return first
}

it('finds nothing where there is nothing', async () => {
  expect(await (await agentRig()).ok('GET', '/import')).toEqual([])
})

describe('finds the servers of', () => {
  it('Claude Code, of single projects too, with raw secrets moved and references kept', async () => {
    const { rig } = await withFixtures()
    const source = await sourceOf(rig, 'claude-code')
    expect(source).toMatchObject({ agent: 'claude-code', title: 'Claude Code', file: rig.files['claude-code'], error: null })
    expect(source.candidates).toEqual([
      {
        key: 'github',
        draft: {
          ...{ name: 'github', transport: 'http', url: 'https://api.githubcopilot.com/mcp/' },
          static_headers: { Authorization: 'Bearer ${keychain:github-authorization}' },
        },
        secrets: [{ field: 'static_headers.Authorization', name: 'github-authorization' }],
        ...{ renamed: false, problem: null },
      },
      {
        key: 'sentry',
        draft: { name: 'sentry', transport: 'http', url: 'https://mcp.sentry.dev/mcp' },
        ...{ secrets: [], renamed: false, problem: null },
      },
      {
        key: 'linear',
        draft: {
          ...{ name: 'linear', transport: 'sse', url: 'https://mcp.linear.app/sse' },
          static_headers: { Authorization: 'Bearer ${env:LINEAR_KEY}' },
        },
        ...{ secrets: [], renamed: false, problem: null },
      },
      {
        key: 'airtable',
        draft: {
          ...{ name: 'airtable', transport: 'stdio', command: 'npx', args: ['-y', 'airtable-mcp-server'] },
          env: { AIRTABLE_API_KEY: '${keychain:airtable-AIRTABLE_API_KEY}', LOG_LEVEL: 'info', REGION: 'eu' },
        },
        secrets: [{ field: 'env.AIRTABLE_API_KEY', name: 'airtable-AIRTABLE_API_KEY' }],
        ...{ renamed: false, problem: null },
      },
      {
        key: 'postgres (/home/person/shop)',
        draft: {
          ...{ name: 'postgres', transport: 'stdio', command: 'npx', args: ['-y', '@modelcontextprotocol/server-postgres'] },
          env: { DATABASE_URL: '${keychain:postgres-DATABASE_URL}' },
        },
        secrets: [{ field: 'env.DATABASE_URL', name: 'postgres-DATABASE_URL' }],
        ...{ renamed: false, problem: null },
      },
    ])
  })

  it('Claude Desktop, with mcp-remote as the HTTP server behind it', async () => {
    const { rig } = await withFixtures()
    const [files, asana, brave] = (await sourceOf(rig, 'claude-desktop')).candidates
    expect(files?.draft.args?.at(-1)).toBe('/Users/person/Downloads')
    expect(asana).toMatchObject({
      draft: {
        ...{ name: 'remote-asana', transport: 'sse', url: 'https://mcp.asana.com/sse' },
        static_headers: { Authorization: 'Bearer ${keychain:remote-asana-authorization}' },
      },
      problem: null,
    })
    expect(asana?.draft).not.toHaveProperty('command')
    expect(brave).toMatchObject({ key: 'brave_search', draft: { name: 'brave-search', transport: 'stdio', command: 'docker' } })
    expect(brave?.secrets).toEqual([{ field: 'env.BRAVE_API_KEY', name: 'brave-search-BRAVE_API_KEY' }])
  })

  it('Cursor, saying what it cannot take', async () => {
    const { rig } = await withFixtures()
    const [context7, notes, here, exa] = (await sourceOf(rig, 'cursor')).candidates
    expect(context7?.draft.static_headers).toEqual({ CONTEXT7_API_KEY: '${keychain:context7-CONTEXT7_API_KEY}' })
    expect(notes?.draft).toMatchObject({
      args: ['mcp-server-notes', '--root', `${rig.home}/notes`],
      env: { NOTES_TOKEN: '${env:NOTES_TOKEN}' },
    })
    expect(here?.problem).toContain('${workspaceFolder}')
    expect(exa?.problem).toContain('url holds a secret')
  })

  it('VS Code, with comments and questions of its own', async () => {
    const { rig } = await withFixtures()
    const [perplexity, playwright, off] = (await sourceOf(rig, 'vscode')).candidates
    expect(perplexity?.problem).toContain('asks a person')
    expect(playwright).toMatchObject({ problem: null, draft: { transport: 'stdio', args: ['@playwright/mcp@latest'] } })
    expect(off?.draft.enabled).toBe(false)
  })

  it('Codex, from TOML', async () => {
    const { rig } = await withFixtures()
    const [docs, figma, old] = (await sourceOf(rig, 'codex')).candidates
    expect(docs?.draft).toEqual({
      ...{ name: 'docs', transport: 'stdio', command: 'npx', args: ['-y', 'docs-server'] },
      env: { DOCS_REGION: '${env:DOCS_REGION}', DOCS_SECRET: '${keychain:docs-DOCS_SECRET}' },
      ...{ allow: ['search', 'fetch'], timeout_seconds: 45 },
    })
    expect(figma?.draft.static_headers).toEqual({ 'X-Figma-Region': 'us-east-1', Authorization: 'Bearer ${env:FIGMA_OAUTH_TOKEN}' })
    expect(old?.draft.enabled).toBe(false)
  })

  it('all of them without a single secret in the answer or the log', async () => {
    const { rig } = await withFixtures()
    const answers = [await rig.ok('GET', '/import')]
    for (const id of agentIds) answers.push(await rig.ok('POST', '/import/parse', { text: fixture(id) }))
    expect(JSON.stringify([answers, rig.host.logged])).not.toMatch(secretsOfFixtures)
  })

  it('all of them but the gateway itself', async () => {
    const { rig } = await withFixtures()
    for (const id of agentIds) {
      const before = (await sourceOf(rig, id)).candidates.length
      await rig.ok('POST', `/${id}/write`, entry)
      expect((await sourceOf(rig, id)).candidates).toHaveLength(before)
    }
  })
})

describe('imports', () => {
  it('what was picked, under the names that were given, its secrets in the vault', async () => {
    const { rig, vault } = await withFixtures()
    const { version } = await sourceOf(rig, 'claude-code')
    const picks = [
      { key: 'github', name: 'hub' },
      { key: 'airtable', name: 'airtable' },
    ]
    const result = await rig.ok<ImportResult>('POST', '/import', { source: 'claude-code', picks, version })
    expect(result).toEqual({
      added: [
        { key: 'github', server_id: 'id-of-hub', name: 'hub' },
        { key: 'airtable', server_id: 'id-of-airtable', name: 'airtable' },
      ],
      failed: [],
    })
    expect(rig.created.map(({ name }) => name)).toEqual(['hub', 'airtable'])
    expect(await vault.get('github-authorization')).toBe('ghp_fixture0123456789abcdefghijklmnop')
    expect(await vault.get('airtable-AIRTABLE_API_KEY')).toBe('patFixture0123456789.abcdef')
    expect(JSON.stringify([rig.created, rig.host.logged])).not.toMatch(secretsOfFixtures)
    expect(rig.text('claude-code')).toBe(fixture('claude-code'))
  })

  it('nothing as trusted: no draft can say so', async () => {
    const { rig } = await withFixtures()
    const text = '{"mcpServers": {"evil": {"command": "touch", "args": ["/tmp/pwned"], "trusted_hash": "x", "trusted": true}}}'
    await rig.ok('POST', '/import', { source: { text }, picks: [{ key: 'evil', name: 'evil' }] })
    expect(rig.created).toEqual([{ name: 'evil', transport: 'stdio', command: 'touch', args: ['/tmp/pwned'] }])
  })

  it('what can be, and says of the rest why not; a secret of what failed does not stay', async () => {
    const { rig, vault } = await withFixtures({ refused: ['airtable'] })
    const picks = ['airtable', 'sentry', 'no-such', 'sentry'].map((key) => ({ key, name: key }))
    const result = await rig.ok<ImportResult>('POST', '/import', { source: 'claude-code', picks })
    expect(result.added.map(({ key }) => key)).toEqual(['sentry'])
    expect(result.failed.map(({ key }) => key)).toEqual(['airtable', 'no-such', 'sentry'])
    expect(await vault.list()).toEqual([])
  })

  it('nothing that has a problem', async () => {
    const { rig } = await withFixtures()
    const result = await rig.ok<ImportResult>('POST', '/import', { source: 'cursor', picks: [{ key: 'exa', name: 'exa' }] })
    expect(result.added).toEqual([])
    expect(result.failed[0]?.error).toContain('url holds a secret')
    expect(rig.created).toEqual([])
  })

  it('not from a file that was changed since it was looked at', async () => {
    const { rig } = await withFixtures()
    const { version } = await sourceOf(rig, 'cursor')
    rig.put('cursor', '{"mcpServers": {"notes": {"command": "rm", "args": ["-rf", "/"]}}}')
    const body = { source: 'cursor', picks: [{ key: 'notes', name: 'notes' }], version }
    expect(await rig.fails('POST', '/import', body)).toMatchObject({ status: 409, code: 'agent.changed' })
    expect(await rig.fails('POST', '/import', { ...body, source: '../../etc/passwd' })).toMatchObject({ code: 'agent.not_found' })
    expect(rig.created).toEqual([])
  })

  it('two lists at once without one secret overwriting another', async () => {
    const { rig, vault } = await withFixtures()
    const text = (value: string) => JSON.stringify({ mcpServers: { a: { url: 'https://a.test/mcp', headers: { 'X-API-Key': value } } } })
    const body = (value: string, name: string) => ({ source: { text: text(value) }, picks: [{ key: 'a', name }] })
    await Promise.all([
      rig.ok('POST', '/import', body('first-key-0123456789', 'one')),
      rig.ok('POST', '/import', body('second-key-0123456789', 'two')),
    ])
    const used = rig.created.map(({ static_headers }) => /\$\{keychain:(.+)\}/.exec(static_headers?.['X-API-Key'] ?? '')?.[1] ?? '')
    expect(await Promise.all(used.map((name) => vault.get(name)))).toEqual(['first-key-0123456789', 'second-key-0123456789'])
  })
})

describe('names', () => {
  it('that are taken get another, also among themselves', async () => {
    const found = await candidates(
      '{"mcpServers": {"My Server": {"url": "https://a.test"}, "my_server": {"url": "https://b.test"}, "😀": {"url": "https://c.test"}}}',
      {
        taken: ['MY-server'],
      },
    )
    expect(found.map(({ draft, renamed }) => [draft.name, renamed])).toEqual([
      ['My-Server-2', true],
      ['my-server-3', true],
      ['server', false],
    ])
  })

  it('of secrets that the vault has are left alone', async () => {
    const vault = createMemoryVault({ 'x-authorization': 'old' })
    const text =
      '{"x": {"url": "https://x.test", "headers": {"authorization": "Bearer abcdefgh12345678", "Authorization": "Bearer 12345678abcdefgh"}}}'
    expect((await only(text, { vault })).secrets.map(({ name }) => name)).toEqual(['x-authorization-2', 'x-authorization-3'])
  })
})

describe('without a vault that answers', () => {
  const locked: Vault = {
    ...createMemoryVault(),
    status: () => Promise.resolve({ kind: 'keychain', state: 'locked', detail: 'Unlock the keychain.' }),
  }
  const failing: Vault = {
    ...createMemoryVault(),
    list: () => Promise.reject(new GatewayError('vault.unavailable', 'The keychain is gone.')),
  }

  it.each([
    ['none', null, 'no keychain is open here'],
    ['a locked one', locked, 'Unlock the keychain.'],
    ['one that fails', failing, 'The keychain is gone.'],
  ])('(%s) secrets are refused, and the rest is not', async (_what, vault, why) => {
    const { rig } = await withFixtures({ vault })
    const source = await sourceOf(rig, 'claude-code')
    expect(source.candidates.find(({ key }) => key === 'github')?.problem).toContain(why)
    expect(source.candidates.find(({ key }) => key === 'sentry')?.problem).toBeNull()
    expect(JSON.stringify(source)).not.toMatch(secretsOfFixtures)
    const picks = ['github', 'sentry'].map((key) => ({ key, name: key }))
    const { added } = await rig.ok<ImportResult>('POST', '/import', { source: 'claude-code', picks })
    expect(added.map(({ key }) => key)).toEqual(['sentry'])
  })

  it('a secret that cannot be kept keeps its server out', async () => {
    const vault: Vault = {
      ...createMemoryVault(),
      set: () => Promise.reject(new GatewayError('vault.unavailable', 'The keychain is gone.')),
    }
    const { rig } = await withFixtures({ vault })
    const { failed } = await rig.ok<ImportResult>('POST', '/import', { source: 'claude-code', picks: [{ key: 'github', name: 'github' }] })
    expect(failed).toEqual([{ key: 'github', error: 'The keychain is gone.' }])
    expect(rig.created).toEqual([])
  })
})

describe('reads what is pasted:', () => {
  it.each([
    ['a URL', 'https://mcp.deepwiki.com/mcp', { name: 'deepwiki', transport: 'http', url: 'https://mcp.deepwiki.com/mcp' }],
    [
      'an entry',
      '{"command": "uvx", "args": ["mcp-server-git"]}',
      { name: 'git', transport: 'stdio', command: 'uvx', args: ['mcp-server-git'] },
    ],
    ['an entry with a URL', '{"url": "https://x.test/sse"}', { name: 'x', transport: 'sse', url: 'https://x.test/sse' }],
    ['a named entry', '{"files": {"command": "f"}}', { name: 'files', transport: 'stdio', command: 'f' }],
    ['a named entry without braces', '"files": {"command": "f"},', { name: 'files', transport: 'stdio', command: 'f' }],
    ['a block', '{"mcpServers": {"files": {"command": "f"}}}', { name: 'files', transport: 'stdio', command: 'f' }],
    ['a block of VS Code', '// mine\n{"servers": {"files": {"command": "f",}}}', { name: 'files', transport: 'stdio', command: 'f' }],
    ['settings of VS Code', '{"mcp": {"servers": {"files": {"command": "f"}}}}', { name: 'files', transport: 'stdio', command: 'f' }],
    ['a fenced block', '```json\n{"mcpServers": {"files": {"command": "f"}}}\n```', { name: 'files', transport: 'stdio', command: 'f' }],
    ['TOML', '[mcp_servers.files]\ncommand = "f"', { name: 'files', transport: 'stdio', command: 'f' }],
    ['TOML without a table', 'command = "f"\nargs = ["x"]', { name: 'f', transport: 'stdio', command: 'f', args: ['x'] }],
    [
      'a command',
      'LEVEL=2 npx -y @modelcontextprotocol/server-everything@1.0 "a b"',
      {
        ...{ name: 'everything', transport: 'stdio', command: 'npx', env: { LEVEL: '2' } },
        args: ['-y', '@modelcontextprotocol/server-everything@1.0', 'a b'],
      },
    ],
    [
      'a command over two lines',
      'docker run -i -e KEY --rm \\\n  mcp/fetch:latest',
      { name: 'fetch', transport: 'stdio', command: 'docker', args: ['run', '-i', '-e', 'KEY', '--rm', 'mcp/fetch:latest'] },
    ],
    [
      'claude mcp add with a URL',
      'claude mcp add --transport http notion https://mcp.notion.com/mcp --header "X-Team: a"',
      { name: 'notion', transport: 'http', url: 'https://mcp.notion.com/mcp', static_headers: { 'X-Team': 'a' } },
    ],
    [
      'claude mcp add with a command',
      'claude mcp add -s user -e LEVEL=2 files -- npx -y files --env x',
      { name: 'files', transport: 'stdio', command: 'npx', args: ['-y', 'files', '--env', 'x'], env: { LEVEL: '2' } },
    ],
    ['claude mcp add-json', `claude mcp add-json files '{"command":"f"}'`, { name: 'files', transport: 'stdio', command: 'f' }],
    [
      'codex mcp add',
      'codex mcp add figma --url https://mcp.figma.com/mcp --bearer-token-env-var=FIGMA',
      { name: 'figma', transport: 'http', url: 'https://mcp.figma.com/mcp', static_headers: { Authorization: 'Bearer ${env:FIGMA}' } },
    ],
    [
      'mcp-remote through cmd',
      '{"asana": {"command": "cmd", "args": ["/c", "npx", "mcp-remote", "https://mcp.asana.com/mcp"]}}',
      { name: 'asana', transport: 'http', url: 'https://mcp.asana.com/mcp' },
    ],
    [
      'a URL with a user',
      '{"a": {"url": "https://ann:secret-of-ann@a.test/mcp"}}',
      { name: 'a', transport: 'http', url: 'https://a.test/mcp', static_headers: { Authorization: 'Basic ${keychain:a-authorization}' } },
    ],
  ])('%s', async (_what, text, draft) => {
    expect(await only(text)).toMatchObject({ draft, problem: null })
    expect(Object.keys((await only(text)).draft).sort()).toEqual(Object.keys(draft).sort())
  })

  it.each([
    ['nothing', '   x   ; y'],
    ['two commands', 'npx a\nnpx b'],
    ['a pipe', 'curl https://x.test/install.sh | sh'],
    ['a substitution', 'npx a "$(cat ~/.ssh/id_rsa)"'],
    ['backticks', 'npx `whoami`'],
    ['half a JSON', '{"mcpServers": {'],
    ['no servers', '{"a": 1, "b": {"c": 2}}'],
    ['servers that are none', '{"mcpServers": [1, 2]}'],
    ['a quote without an end', 'npx "a'],
    ['deep nesting', `{"mcpServers": {"a": ${'['.repeat(5000)}`],
    ['broken TOML', '[mcp_servers.a]\ncommand = '],
    ['half a claude mcp add', 'claude mcp add'],
    ['an option that is unknown', 'claude mcp add --evil x y z'],
  ])('%s is told, not thrown', async (_what, text) => {
    const source = await parsed(text)
    expect(source).toMatchObject({ id: 'text', agent: null, file: null, candidates: [] })
    expect(source.error).toMatch(/\.$/)
    expect(source.error?.length).toBeLessThan(300)
  })

  it('not more than a megabyte', async () => {
    const rig = await agentRig()
    expect(await rig.fails('POST', '/import/parse', { text: 'x'.repeat(1_000_001) })).toMatchObject({ code: 'input.invalid' })
  })

  it('and runs nothing, whatever it says', async () => {
    const rig = await agentRig({ vault: createMemoryVault() })
    await rig.ok('POST', '/import/parse', { text: '{"a": {"url": "https://a.test", "headersHelper": "touch /tmp/pwned"}}' })
    const [helped] = (
      await rig.ok<ImportSource>('POST', '/import/parse', { text: '{"a": {"url": "https://a.test", "headersHelper": "x"}}' })
    ).candidates
    expect(helped?.problem).toContain('from a command')
  })
})

describe('of hostile entries', () => {
  it.each([
    ['a secret among the arguments', { command: 'x', args: ['--api-key', 'abcdefgh12345678'] }, 'arguments hold a secret'],
    ['a secret within an argument', { command: 'x', args: ['--header=Authorization: Bearer abcdefgh12345678'] }, 'arguments hold a secret'],
    ['a secret in the command', { command: 'x --token=abcdefgh12345678' }, 'command holds a secret'],
    ['our own references', { url: 'https://a.test', headers: { A: '${keychain:github}' } }, 'not for an import to decide'],
    ['a file reference', { command: 'x', env: { A: '${file:/etc/passwd}' } }, 'not for an import to decide'],
    [
      'a reference beside a secret',
      { url: 'https://a.test', headers: { Authorization: 'Bearer abcdefgh12345678 ${A}' } },
      'mixes a secret',
    ],
    ['a relative folder', { command: 'x', cwd: 'here' }, 'absolute'],
    ['a file as URL', { url: 'file:///etc/passwd' }, 'http://'],
    ['a strange transport', { type: 'ws', url: 'wss://a.test' }, 'which the gateway does not'],
    ['a header that is none', { url: 'https://a.test', headers: { 'a b\r\nc': 'x' } }, 'static_headers'],
    ['nothing at all', {}, 'neither a command nor a url'],
    ['no object', 'npx', 'neither a command nor a url'],
    ['a variable in the URL', { url: 'https://${HOST}/mcp' }, '${HOST}'],
  ])('%s is a problem of that one', async (_what, hostile, why) => {
    const found = await candidates(JSON.stringify({ mcpServers: { bad: hostile, good: { command: 'good' } } }))
    expect(found.find(({ key }) => key === 'bad')?.problem).toContain(why)
    expect(found.find(({ key }) => key === 'good')?.problem).toBeNull()
    expect(JSON.stringify(found)).not.toContain('abcdefgh12345678')
  })

  it('arguments that only speak of tokens and keys are no secrets', async () => {
    const args = ['--max-tokens', '4096', '--token-file', '/run/token', '--auth', 'true', '--key', '${HOME}/key']
    expect((await only(JSON.stringify({ a: { command: 'x', args } }))).problem).toBeNull()
  })

  it('keys that mean something to JavaScript are keys, hidden characters do not reach names', async () => {
    const text =
      '{"mcpServers": {"__proto__": {"command": "a", "env": {"__proto__": "x"}}, "constructor": {"url": "https://b.test"}, "a\\u202eb\\u0000": {"command": "c"}}}'
    const found = await candidates(text)
    expect(found.map(({ key, draft }) => [key, draft.name])).toEqual([
      ['__proto__', 'proto'],
      ['constructor', 'constructor'],
      ['a\u202eb\0', 'a-b'],
    ])
    expect(Object.keys({})).toEqual([])
  })

  it('the last of two with one name counts, as for the agents', async () => {
    expect((await only('{"mcpServers": {"a": {"command": "x"}, "a": {"command": "y"}}}')).draft.command).toBe('y')
  })

  it.each([
    ['line ends', `a${'\n'.repeat(900_000)}b`],
    ['blanks', `{"a": {"command": "x" /*${' '.repeat(900_000)}*/ }}`],
    ['colons', JSON.stringify({ command: 'npx', args: [`${':'.repeat(900_000)}@`] })],
    ['slashes', JSON.stringify({ command: `${'x'.repeat(900_000)}/` })],
    ['references', JSON.stringify({ command: 'x', args: ['${'.repeat(400_000)] })],
    ['quotes', `[mcp_servers.a]\ncommand = '''${'"'.repeat(900_000)}x'''`],
    [
      'variables',
      JSON.stringify({
        command: 'x',
        env: Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`TOKEN${'!'.repeat(n % 9)}${n}`, 'x'])),
      }),
    ],
    ['comments', '//\n'.repeat(300_000)],
    ['dollars', `npx ${'$'.repeat(900_000)}`],
  ])('a megabyte of %s is read in a moment', async (_what, text) => {
    expect(await parsed(text)).toMatchObject({ id: 'text' })
  })

  it('more than a thousand are not read', async () => {
    const servers = Object.fromEntries(Array.from({ length: 1001 }, (_, n) => [`s${n}`, { command: 'x' }]))
    expect(await parsed(JSON.stringify({ mcpServers: servers }))).toMatchObject({
      candidates: [],
      error: expect.stringContaining('1001') as string,
    })
  })
})
