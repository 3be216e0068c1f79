import { describe, expect, it } from 'vitest'
import { draftOf, draftOfView, fieldFlaws, formOf, patchOf, ServerForm } from '../../../src/renderer/features/servers/draft'
import { ServerDraft, type ServerView } from '../../../src/shared/records'

const http = formOf({ name: 'stripe', url: 'https://mcp.stripe.com' })
const stdio = formOf({ name: 'files', command: 'npx', args: ['-y', 'server', '/my files'], env: { A: '1' } })

const view = (part: Partial<ServerView> = {}): ServerView => ({
  ...{ id: 's1', name: 'files', transport: 'stdio', url: null, command: 'npx', args: ['-y', 'server', '/my files'], env: { A: '1' } },
  ...{ cwd: null, static_headers: {}, allow: ['read_*'], deny: ['x'], timeout_seconds: 30, enabled: true, tags: ['work'], auth: 'none' },
  ...{ oauth_scopes: [], oauth_token_url: null, oauth_client_id: null, oauth_client_secret: null, sharing: 'shared' },
  ...{ created_at: '2026-01-01T00:00:00.000Z', updated_at: '2026-01-01T00:00:00.000Z', state: 'ready', state_reason: null },
  ...{ state_since: '2026-01-01T00:00:00.000Z', trusted: true, trust_hash: 'h', tool_count: 1, catalog_problems: [] },
  ...part,
})

const flawPaths = (form: ServerForm) => (ServerForm.safeParse(form).error?.issues ?? []).map(({ path }) => path.join('.'))

describe('a draft from the form', () => {
  it('of a remote server has its address and headers, and nothing of a command', () => {
    const draft = draftOf({
      ...http,
      headers: [
        { name: ' X-Team ', value: 'a' },
        { name: '', value: '' },
      ],
      command_line: 'left over',
    })
    expect(draft).toEqual({
      ...{ name: 'stripe', transport: 'http', url: 'https://mcp.stripe.com', static_headers: { 'X-Team': 'a' } },
      ...{ timeout_seconds: 30, sharing: 'per_session', tags: [], auth: 'none' },
    })
    expect(ServerDraft.safeParse(draft).success).toBe(true)
  })

  it('of a command has its words, variables and folder, and nothing of an address', () => {
    const draft = draftOf({ ...stdio, cwd: '/work', url: 'https://left.over', tags: 'work, , notes' })
    expect(draft).toEqual({
      ...{ name: 'files', transport: 'stdio', command: 'npx', args: ['-y', 'server', '/my files'], env: { A: '1' }, cwd: '/work' },
      ...{ timeout_seconds: 30, sharing: 'shared', tags: ['work', 'notes'] },
    })
    expect(ServerDraft.safeParse(draft).success).toBe(true)
  })

  it('leaves no folder null', () => {
    expect(draftOf(stdio).cwd).toBeNull()
  })
})

describe('the form', () => {
  it('takes what is right', () => {
    expect(flawPaths(http)).toEqual([])
    expect(flawPaths(stdio)).toEqual([])
  })

  it('tells what is wrong at its field', () => {
    expect(flawPaths({ ...http, name: 'no_underscore', url: 'ftp://x' })).toEqual(['name', 'url'])
    expect(flawPaths({ ...stdio, command_line: '' })).toEqual(['command_line'])
    expect(flawPaths({ ...stdio, command_line: 'a | b' })).toEqual(['command_line'])
    expect(flawPaths({ ...stdio, timeout_seconds: Number.NaN })).toContain('timeout_seconds')
  })

  it('wants a name for each value, and each name once', () => {
    const headers = [
      { name: 'X', value: '1' },
      { name: 'x', value: '2' },
      { name: '', value: '3' },
      { name: '', value: '' },
    ]
    expect(flawPaths({ ...http, headers })).toEqual(['headers.1.name', 'headers.2.name'])
  })

  it('asks for the client and its secret where the gateway signs in by itself, and sends nothing of another way', () => {
    const own = { ...http, auth: 'oauth_client_credentials' as const, oauth_scopes: ' read  write ' }
    expect(flawPaths(own)).toEqual(['oauth_client_id', 'oauth_client_secret'])
    const given = { ...own, oauth_client_id: 'us', oauth_client_secret: '${keychain:us}' }
    expect(flawPaths(given)).toEqual([])
    expect(draftOf(given)).toMatchObject({
      ...{ auth: 'oauth_client_credentials', oauth_scopes: ['read', 'write'], oauth_client_id: 'us' },
      ...{ oauth_client_secret: '${keychain:us}', oauth_token_url: null },
    })
    expect(draftOf({ ...given, auth: 'none' })).not.toHaveProperty('oauth_client_id')
  })

  it('shows what the gateway found wrong where it belongs', () => {
    const form = {
      ...http,
      headers: [
        { name: 'X', value: '' },
        { name: 'Authorization', value: 'Bearer raw' },
      ],
    }
    const details = [
      { path: 'static_headers.Authorization', message: 'must be a reference' },
      { path: 'args', message: 'must not hold NUL' },
      { path: 'static_headers.Gone', message: 'is not there' },
      { path: 'trusted_hash', message: 'has no field' },
      { path: 7 },
      null,
    ]
    expect(fieldFlaws(details, form)).toEqual([
      { path: 'headers.1.value', message: 'must be a reference' },
      { path: 'command_line', message: 'must not hold NUL' },
    ])
    expect(fieldFlaws('text', form)).toEqual([])
  })
})

describe('a change of a server', () => {
  it('names only what differs', () => {
    const server = view()
    expect(patchOf(formOf(server), server)).toEqual({})
    expect(patchOf({ ...formOf(server), command_line: 'npx -y other' }, server)).toEqual({ args: ['-y', 'other'] })
  })

  it('to another transport leaves the old one behind', () => {
    const server = view()
    const form = { ...formOf(server), transport: 'http' as const, url: 'https://a.example', sharing: 'per_session' as const }
    expect(patchOf(form, server)).toEqual({ transport: 'http', url: 'https://a.example', sharing: 'per_session' })
  })
})

describe('a server as a draft', () => {
  it('has every setting, so that it can be made again, and neither id nor trust', () => {
    const draft = draftOfView(view())
    expect(draft).toMatchObject({ name: 'files', command: 'npx', allow: ['read_*'], deny: ['x'], tags: ['work'], enabled: true })
    expect(Object.keys(draft).filter((key) => /id$|trust|state|_at$/.test(key) && !key.startsWith('oauth'))).toEqual([])
  })
})
