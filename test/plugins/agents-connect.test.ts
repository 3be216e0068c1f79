import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AgentId, AgentPreview, AgentView } from '../../src/shared/agents'
import { configEntries } from '../../src/shared/connect-snippets'
import { parseJsonText } from '../../src/main/plugins/agents/json-text'
import { agentPlaces } from '../../src/main/plugins/agents/places'
import { longestToml, parseTomlText } from '../../src/main/plugins/agents/toml-text'
import { agentIds, agentRig, agentToken, entry, fixture, type AgentRig } from '../support/agent-rig'

const parse = (id: AgentId, text: string) => (id === 'codex' ? parseTomlText(text) : parseJsonText(text)) as Record<string, unknown>
const sections = { vscode: 'servers', codex: 'mcp_servers' } as Partial<Record<AgentId, string>>
const sectionOf = (id: AgentId) => sections[id] ?? 'mcpServers'
const view = async (rig: AgentRig, id: AgentId) => (await rig.ok<AgentView[]>('GET', '')).find((each) => each.id === id)

/** Everything secret that stands in the fixtures. */
const secretsOfFixtures =
  /ghp_fixture|sk-ant-api03-fixture|fixture-db-password|patFixture|asana-fixture|BSAfixture|ctx7sk-fixture|exa-fixture|docs-fixture|fgw_fixture/

describe.each(agentIds)('the config of %s', (id) => {
  it('is seen for what it is', async () => {
    const rig = await agentRig()
    expect(await view(rig, id)).toMatchObject({ exists: false, connected: false, servers: 0, error: null, file: rig.files[id] })
    rig.put(id, fixture(id))
    expect(await view(rig, id)).toMatchObject({ exists: true, connected: false, error: null, written_at: null })
    expect((await view(rig, id))?.servers).toBeGreaterThan(2)
  })

  it('is previewed without secrets, and not touched', async () => {
    const rig = await agentRig()
    rig.put(id, fixture(id))
    const preview = await rig.ok<AgentPreview>('POST', `/${id}/preview`, entry)
    expect(preview.before).not.toBe(preview.after)
    expect(preview.after).toContain('fast-gateway')
    expect(JSON.stringify(preview)).not.toMatch(secretsOfFixtures)
    expect(rig.text(id)).toBe(fixture(id))
    expect(existsSync(rig.backups)).toBe(false)
  })

  it('gets our entry and keeps every other line', async () => {
    const rig = await agentRig()
    rig.put(id, fixture(id))
    const written = await rig.ok<AgentView>('POST', `/${id}/write`, entry)
    expect(written).toMatchObject({ connected: true })
    expect(written.written_at).not.toBeNull()
    const after = rig.text(id)
    const [before, now] = [parse(id, fixture(id)), parse(id, after)]
    const servers = { ...(before[sectionOf(id)] as object), 'fast-gateway': configEntries[id]({ ...entry, open: false }) }
    expect(now).toEqual({ ...before, [sectionOf(id)]: servers })
    const lines = fixture(id).split('\n')
    const left = after.split('\n').map((line) => line.replace(/,$/, ''))
    expect(lines.filter((line) => !left.includes(line.replace(/,$/, '')))).toEqual([])
  })

  it.each(['file', 'entry'] as const)('is as it was, byte for byte, after undoing by %s', async (what) => {
    const rig = await agentRig()
    for (const text of [fixture(id), fixture(id).replaceAll('\n', '\r\n'), `\uFEFF${fixture(id)}`, fixture(id).trimEnd()]) {
      rig.put(id, text)
      await rig.ok('POST', `/${id}/write`, entry)
      expect(rig.text(id).startsWith('\uFEFF')).toBe(text.startsWith('\uFEFF'))
      expect(/[^\r]\n/.test(rig.text(id))).toBe(!text.includes('\r\n'))
      expect(await rig.ok('POST', `/${id}/undo`, { what })).toMatchObject({ connected: false, written_at: null })
      if (what === 'file') expect(rig.text(id)).toBe(text)
      else expect(parse(id, rig.text(id).replace(/^\uFEFF/, ''))).toEqual(parse(id, text.replace(/^\uFEFF/, '')))
    }
  })

  it('is made for its owner alone where there was none, and goes again', async () => {
    const rig = await agentRig()
    await rig.ok('POST', `/${id}/write`, entry)
    expect(statSync(rig.files[id]).mode & 0o777).toBe(0o600)
    expect(await view(rig, id)).toMatchObject({ connected: true, servers: 0 })
    await rig.ok('POST', `/${id}/undo`)
    expect(existsSync(rig.files[id])).toBe(false)
  })

  it('loses the servers that moved behind the gateway, and gets them back', async () => {
    const rig = await agentRig()
    rig.put(id, fixture(id))
    const before = parse(id, fixture(id))
    const names = Object.keys(before[sectionOf(id)] as object)
    await rig.ok('POST', `/${id}/write`, { ...entry, remove: [names[0], names.at(-1), 'not-there'] })
    expect(Object.keys(parse(id, rig.text(id))[sectionOf(id)] as object)).toEqual([...names.slice(1, -1), 'fast-gateway'])
    await rig.ok('POST', `/${id}/undo`, { what: 'entry' })
    expect(parse(id, rig.text(id))).toEqual(before)
  })

  it('is written again over our own entry, and undone step by step', async () => {
    const rig = await agentRig()
    rig.put(id, fixture(id))
    await rig.ok('POST', `/${id}/write`, entry)
    const first = rig.text(id)
    await rig.ok('POST', `/${id}/write`, { ...entry, token: `${agentToken}-2` })
    expect(rig.text(id)).not.toBe(first)
    await rig.ok('POST', `/${id}/undo`)
    expect(rig.text(id)).toBe(first)
    await rig.ok('POST', `/${id}/undo`)
    expect(rig.text(id)).toBe(fixture(id))
    expect(await rig.fails('POST', `/${id}/undo`)).toMatchObject({ status: 404, code: 'agent.not_found' })
  })
})

describe('somebody else writes too', () => {
  it('what changed since the preview is not overwritten', async () => {
    const rig = await agentRig()
    rig.put('cursor', fixture('cursor'))
    const { version } = await rig.ok<AgentPreview>('POST', '/cursor/preview', entry)
    rig.put('cursor', '{"mcpServers":{}}')
    for (const body of [{ ...entry, version }, entry]) {
      expect(await rig.fails('POST', '/cursor/write', body)).toMatchObject({ status: 409, code: 'agent.changed' })
    }
    expect(rig.text('cursor')).toBe('{"mcpServers":{}}')
    expect(existsSync(rig.backups)).toBe(false)
  })

  it('the whole file is not put back over it, but the entry can be taken out', async () => {
    const rig = await agentRig()
    rig.put('claude-code', fixture('claude-code'))
    await rig.ok('POST', '/claude-code/write', entry)
    const changed = rig.text('claude-code').replace('"numStartups": 214', '"numStartups": 215')
    rig.put('claude-code', changed)
    const refused = await rig.fails('POST', '/claude-code/undo', { what: 'file' })
    expect(refused).toMatchObject({ status: 409, code: 'agent.changed' })
    expect(refused.message).toContain(rig.backups)
    expect(rig.text('claude-code')).toBe(changed)
    await rig.ok('POST', '/claude-code/undo', { what: 'entry' })
    expect(rig.text('claude-code')).toBe(fixture('claude-code').replace('"numStartups": 214', '"numStartups": 215'))
  })

  it('a file that is gone meanwhile is not made again', async () => {
    const rig = await agentRig()
    const file = rig.put('cursor', fixture('cursor'))
    await rig.ok('POST', '/cursor/write', entry)
    rmSync(file)
    expect(await rig.fails('POST', '/cursor/undo')).toMatchObject({ code: 'agent.changed' })
    await rig.ok('POST', '/cursor/undo', { what: 'entry' })
    expect(existsSync(file)).toBe(false)
  })
})

describe('the file system', () => {
  it('keeps the mode, and a link stays a link', async () => {
    const rig = await agentRig()
    const target = join(rig.home, 'dotfiles/cursor.json')
    mkdirSync(dirname(target), { recursive: true })
    mkdirSync(dirname(rig.files.cursor), { recursive: true })
    writeFileSync(target, fixture('cursor'))
    chmodSync(target, 0o664)
    symlinkSync(target, rig.files.cursor)
    await rig.ok('POST', '/cursor/write', entry)
    expect(lstatSync(rig.files.cursor).isSymbolicLink()).toBe(true)
    expect(readFileSync(target, 'utf8')).toContain('fast-gateway')
    expect(statSync(target).mode & 0o777).toBe(0o664)
    await rig.ok('POST', '/cursor/undo')
    expect(readFileSync(target, 'utf8')).toBe(fixture('cursor'))
    expect(readdirSync(dirname(target))).toEqual(['cursor.json'])
  })

  it('holds ten backups of each agent, for their owner alone', async () => {
    const rig = await agentRig()
    rig.put('codex', fixture('codex'))
    for (let n = 0; n < 13; n++) await rig.ok('POST', '/codex/write', { ...entry, token: `${agentToken}-${n}` })
    await rig.ok('POST', '/cursor/write', entry)
    const kept = readdirSync(rig.backups)
    expect(kept.filter((name) => name.startsWith('codex-'))).toHaveLength(20)
    expect(kept.map((name) => statSync(join(rig.backups, name)).mode & 0o777)).toEqual(kept.map(() => 0o600))
    expect(statSync(rig.backups).mode & 0o777).toBe(0o700)
    for (let n = 0; n < 10; n++) await rig.ok('POST', '/codex/undo')
    expect(await rig.fails('POST', '/codex/undo')).toMatchObject({ code: 'agent.not_found' })
  })

  it('writes nothing when the file from before cannot be kept', async () => {
    const rig = await agentRig()
    rig.put('cursor', fixture('cursor'))
    writeFileSync(rig.data, 'a file where the folder should be')
    expect(await rig.fails('POST', '/cursor/write', entry)).toMatchObject({ status: 409, code: 'agent.unreadable' })
    expect(rig.text('cursor')).toBe(fixture('cursor'))
  })

  it('undoes nothing when the file from before is gone', async () => {
    const rig = await agentRig()
    rig.put('cursor', fixture('cursor'))
    await rig.ok('POST', '/cursor/write', entry)
    const written = rig.text('cursor')
    for (const name of readdirSync(rig.backups).filter((each) => each.endsWith('.before'))) rmSync(join(rig.backups, name))
    expect(await rig.fails('POST', '/cursor/undo')).toMatchObject({ code: 'agent.unreadable' })
    expect(rig.text('cursor')).toBe(written)
  })
})

/** What may lie where a config is looked for. */
const hostile: Readonly<Record<string, (file: string) => void>> = {
  'is 20 MB large': (file) => writeFileSync(file, `{"a":"${'x'.repeat(20_000_000)}"}`),
  'is a folder': (file) => mkdirSync(file),
  'is a pipe': (file) => void execFileSync('/usr/bin/mkfifo', [file]),
  'is a link to nowhere': (file) => symlinkSync('/nowhere/at/all', file),
  'is a link to itself': (file) => symlinkSync(file, file),
  'is a device': (file) => symlinkSync('/dev/zero', file),
  'does not parse': (file) => writeFileSync(file, '{\n  "mcpServers": {\n'),
  'is not UTF-8': (file) => writeFileSync(file, Buffer.from('{"a":"\xff"}', 'latin1')),
  'is binary': (file) => writeFileSync(file, Buffer.from([0, 1, 2, 0, 123])),
  'is nested 100,000 deep': (file) => writeFileSync(file, '['.repeat(100_000)),
  'has servers that are a list': (file) => writeFileSync(file, '{"mcpServers": []}'),
  'is a list': (file) => writeFileSync(file, '[]'),
  'names our entry twice': (file) => writeFileSync(file, '{"mcpServers": {"fast-gateway": {}, "fast-gateway": {"url": "x"}}}'),
  'has its servers twice': (file) => writeFileSync(file, '{"mcpServers": {}, "mcpServers": {"a": {"url": "x"}}}'),
}

describe.each(Object.entries(hostile))('a file that %s', (_what, make) => {
  it('is refused with a reason, left as it is, and in nobody’s way', async () => {
    const rig = await agentRig()
    mkdirSync(dirname(rig.files.cursor), { recursive: true })
    make(rig.files.cursor)
    rig.put('codex', fixture('codex'))
    const refused = await rig.fails('POST', '/cursor/write', entry)
    expect(refused).toMatchObject({ status: 409, code: 'agent.unreadable' })
    expect(refused.message.length).toBeLessThan(400)
    const agents = await rig.ok<AgentView[]>('GET', '')
    expect(agents.find(({ id }) => id === 'codex')).toMatchObject({ error: null, servers: 3 })
    expect((await rig.ok<{ agent: string }[]>('GET', '/import')).map(({ agent }) => agent)).toContain('codex')
    expect(existsSync(rig.backups)).toBe(false)
    expect(readdirSync(dirname(rig.files.cursor))).toEqual(['mcp.json'])
  })
})

it.each([
  '{"mcpServers": {"a": {"url": "x"}}}',
  '{ "mcpServers": { "a": {} } }\n',
  '{\n\t"mcpServers": {\n\t\t"a": {} // one\n\t\t// none\n\t}\n}',
  '{\r\n  "mcpServers": {\r\n    "a": {},\r\n  },\r\n}\r\n',
  '{"mcpServers": {"a": {}, /* last */ }}',
])('takes its entry out of %j without a trace', async (text) => {
  const rig = await agentRig()
  rig.put('cursor', text)
  await rig.ok('POST', '/cursor/write', entry)
  await rig.ok('POST', '/cursor/undo', { what: 'entry' })
  expect(rig.text('cursor')).toBe(text)
})

it('keeps keys that mean something to JavaScript, hidden characters and numbers as they are', async () => {
  const rig = await agentRig()
  const text = `{"__proto__": {"polluted": 1}, "constructor": 12345678901234567890, "a\u202eb": "\\u0000",
  "mcpServers": {"__proto__": {"url": "https://x.test"}, "hasOwnProperty": {"command": "x"}}}\n`
  rig.put('claude-desktop', text)
  await rig.ok('POST', '/claude-desktop/write', { ...entry, remove: ['toString'] })
  expect(rig.text('claude-desktop')).toContain('"constructor": 12345678901234567890')
  expect(Object.keys(parseJsonText(rig.text('claude-desktop')) as object)).toEqual(['__proto__', 'constructor', 'a\u202eb', 'mcpServers'])
  await rig.ok('POST', '/claude-desktop/undo', { what: 'entry' })
  expect(rig.text('claude-desktop')).toBe(text)
  expect(({} as { polluted?: number }).polluted).toBeUndefined()
})

it.each([
  [{ ...entry, name: 'a b' }, 'input.invalid'],
  [{ ...entry, name: '__proto__"]\n[x' }, 'input.invalid'],
  [{ ...entry, url: 'file:///etc/passwd' }, 'input.invalid'],
  [{ ...entry, url: 'https://evil.test/mcp' }, 'input.invalid'],
  [{ ...entry, url: 'http://127.0.0.1:7412/mcp' }, 'input.invalid'],
  [{ ...entry, url: 'http://127.0.0.1:7411/mcpx' }, 'input.invalid'],
  [{ ...entry, extra: 1 }, 'input.invalid'],
])('refuses the entry %j', async (body, code) => {
  const rig = await agentRig()
  expect(await rig.fails('POST', '/cursor/write', body)).toMatchObject({ code })
  expect(existsSync(rig.files.cursor)).toBe(false)
})

it('is read up to a limit where it is TOML, since a hostile one would hold up everything', async () => {
  const rig = await agentRig()
  const line = 'a = 1\n'
  rig.put('codex', line + '#'.repeat(longestToml - line.length))
  expect((await view(rig, 'codex'))?.error).toBeNull()
  rig.put('codex', line + '#'.repeat(longestToml - line.length + 1))
  expect((await view(rig, 'codex'))?.error).toContain('longer than')
})

it('edits what is mostly blanks in a moment', async () => {
  const rig = await agentRig()
  const text = `{"mcpServers": {"a": {} /*${' '.repeat(2_000_000)}x*/ }${' '.repeat(2_000_000)}}`
  rig.put('cursor', text)
  await rig.ok('POST', '/cursor/write', entry)
  await rig.ok('POST', '/cursor/undo', { what: 'entry' })
  expect(JSON.stringify(parseJsonText(rig.text('cursor')))).toBe('{"mcpServers":{"a":{}}}')
})

it('takes the address of a group, and other names of this machine', async () => {
  const rig = await agentRig()
  for (const url of ['http://127.0.0.1:7411/mcp/g/readonly', 'http://localhost:7411/mcp', 'http://[::1]:7411/mcp/']) {
    expect(await rig.ok('POST', '/cursor/write', { ...entry, url })).toMatchObject({ connected: true, servers: 0 })
  }
})

it('is for the admin and the app, and knows its agents', async () => {
  const rig = await agentRig()
  expect(await rig.ask('approver', 'GET', '')).toMatchObject({ status: 403 })
  expect(await rig.ask('nobody', 'POST', '/cursor/write', '{}')).toMatchObject({ status: 401 })
  expect(await rig.ask('desktop', 'GET', '')).toMatchObject({ status: 200 })
  expect(await rig.fails('POST', '/emacs/undo')).toMatchObject({ code: 'input.invalid' })
})

it('shows nothing that stands below a secret’s name, however deep, and nothing behind a secret’s flag', async () => {
  const rig = await agentRig()
  rig.put(
    'cursor',
    '{"credentials": {"a": ["hidden-1", {"b": "hidden-2", "n": 7654321}], "c": "hidden-3"}, "mcpServers": {"x": {"args": ["--token", "hidden-4", "seen"], "env": {"EXA_KEY": "hidden-5"}}}, "seen-too": "seen"}',
  )
  rig.put(
    'codex',
    `x.password = 'hidden-1'\napi_key = \"\"\"\nhidden-2\"\"\"\n[mcp_servers.a]\nargs = ["--api-key", "hidden-3", "seen"]\nenv = { "MY_SECRET" = "hidden-4" }\n`,
  )
  for (const id of ['cursor', 'codex']) {
    const { before, after } = await rig.ok<AgentPreview>('POST', `/${id}/preview`, entry)
    expect(before).toContain('seen')
    expect(`${before}${after}`).not.toMatch(/hidden|7654321/)
  }
})

it('tells no secret in errors and logs', async () => {
  const rig = await agentRig()
  for (const id of agentIds) rig.put(id, fixture(id).replace(/[}\]"]\s*$/, '"'))
  rig.put('codex', `${fixture('codex')}\n= broken "docs-fixture-secret-0123456789"`)
  const said = [await rig.ok('GET', ''), await rig.ok('GET', '/import')]
  for (const id of agentIds) said.push(await rig.fails('POST', `/${id}/write`, entry))
  expect(JSON.stringify([said, rig.host.logged])).not.toMatch(secretsOfFixtures)
})

it('knows where each agent keeps its config on each system', () => {
  const files = (platform: NodeJS.Platform, env = {}) => agentPlaces({ home: '/h', platform, env }).map(({ file }) => file)
  expect(files('darwin')).toEqual([
    '/h/.claude.json',
    '/h/Library/Application Support/Claude/claude_desktop_config.json',
    '/h/.cursor/mcp.json',
    '/h/Library/Application Support/Code/User/mcp.json',
    '/h/.codex/config.toml',
  ])
  expect(files('linux', { XDG_CONFIG_HOME: '/x', CODEX_HOME: '/c', CLAUDE_CONFIG_DIR: 'not/absolute' })).toEqual([
    '/h/.claude.json',
    '/x/Claude/claude_desktop_config.json',
    '/h/.cursor/mcp.json',
    '/x/Code/User/mcp.json',
    '/c/config.toml',
  ])
  expect(files('win32', { APPDATA: '/r', CLAUDE_CONFIG_DIR: '/cc' })).toEqual([
    '/cc/.claude.json',
    '/r/Claude/claude_desktop_config.json',
    '/h/.cursor/mcp.json',
    '/r/Code/User/mcp.json',
    '/h/.codex/config.toml',
  ])
})
