import { describe, expect, it, vi } from 'vitest'
import { statusLine, trayMenu, trayState, type TrayActions } from '../../src/main/desktop/tray-menu'
import { aCall, aChange, anApproval, aStatus, facts } from '../support/desktop-facts'

const actions = (): TrayActions => ({
  ...{ copy: vi.fn(), copySnippet: vi.fn(), openApproval: vi.fn(), open: vi.fn(), setPaused: vi.fn(), quit: vi.fn() },
})
const labels = (given: Parameters<typeof trayMenu>[0]) => trayMenu(given, actions()).flatMap(({ label }) => label ?? [])
const server = (name: string, state: 'ready' | 'failed' | 'needs_login' | 'connecting' | 'disabled') => ({
  ...{ id: name, name, state, state_reason: null, tool_count: 0 },
})

describe('the icon in the tray', () => {
  it.each([
    ['running while all is well', facts(), 'running'],
    [
      'running while servers connect or are switched off',
      facts({ status: aStatus({ servers: [server('a', 'connecting'), server('b', 'disabled')] }) }),
      'running',
    ],
    ['degraded when a server is down', facts({ status: aStatus({ servers: [server('a', 'failed')] }) }), 'degraded'],
    ['degraded when everything is denied', facts({ status: aStatus({ safe_mode: true }) }), 'degraded'],
    ['paused rather than degraded', facts({ status: aStatus({ paused_since: 'now', servers: [server('a', 'failed')] }) }), 'paused'],
    [
      'attention before all that is merely broken',
      facts({ status: aStatus({ paused_since: 'now' }), pending: [anApproval()] }),
      'attention',
    ],
    ['attention for a change that waits', facts({ changes: [aChange()] }), 'attention'],
    ['stopped while it closes', facts({ closing: true, pending: [anApproval()] }), 'stopped'],
  ])('is %s', (_what, given, state) => expect(trayState(given)).toBe(state))
})

describe('the status line', () => {
  it('names the one server that is down', () =>
    expect(statusLine(facts({ status: aStatus({ servers: [server('github', 'failed')] }) }))).toBe(
      'Running on 127.0.0.1:7411, github is down',
    ))

  it('counts several, and those that need the person apart', () => {
    const servers = [server('a', 'failed'), server('b', 'failed'), server('c', 'needs_login')]
    expect(statusLine(facts({ status: aStatus({ servers }) }))).toBe('Running on 127.0.0.1:7411, 2 servers are down, c needs you')
  })
})

describe('the menu', () => {
  it('has status, endpoint, what can be done, and the way out', () =>
    expect(labels(facts())).toEqual([
      ...['Running on 127.0.0.1:7411', 'http://127.0.0.1:7411/mcp', 'Pause all calls', 'Copy connect snippet for Claude Code'],
      ...['Open Fast Gateway', 'Settings…', 'Quit'],
    ]))

  it('opens a call that waits', () => {
    const does = actions()
    const item = trayMenu(facts({ pending: [anApproval({ id: 'x' })] }), does).find(({ label }) => label?.startsWith('delete_repo'))
    item?.click?.(...([] as unknown as Parameters<NonNullable<typeof item.click>>))
    expect(does.openApproval).toHaveBeenCalledWith('x')
  })

  it('lists five of each kind that wait, and counts the rest', () => {
    const pending = Array.from({ length: 8 }, (_, index) => anApproval({ id: String(index) }))
    expect(labels(facts({ pending, changes: [aChange()] })).slice(2, 10)).toEqual([
      'Waiting for you (9)',
      ...Array<string>(5).fill('delete_repo  github, Claude Code'),
      ...['Add the server "files"', '3 more…'],
    ])
  })

  it('says how recent calls ended', () => {
    const recent = [aCall(), aCall({ outcome: 'denied' }), aCall({ decision: 'approved' }), aCall({ outcome: 'tool_error' })]
    expect(labels(facts({ recent })).slice(2, 7)).toEqual([
      ...['Recent calls', 'echo  demo', 'echo  demo, denied', 'echo  demo, approved', 'echo  demo, failed'],
    ])
  })

  it('offers to resume while paused, and nothing of the kind while it closes', () => {
    expect(labels(facts({ status: aStatus({ paused_since: 'now' }) }))).toContain('Resume')
    expect(trayMenu(facts({ closing: true }), actions()).find(({ label }) => label === 'Pause all calls')?.enabled).toBe(false)
  })

  it('shows foreign names as they are: no underlined letter, nothing hidden', () =>
    expect(labels(facts({ recent: [aCall({ tool: 'a&b', server: 'x\u202Ey' })] }))).toContain('a&&b  x⟨U+202E⟩y'))
})
