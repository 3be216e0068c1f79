import { beforeEach, describe, expect, it, vi } from 'vitest'
import { desktopPlugin } from '../../src/main/desktop/plugin'
import type { DesktopDoor } from '../../src/main/desktop/routes'
import { createGateway, type Gateway } from '../../src/main/gateway/gateway'
import type { Principal } from '../../src/main/gateway/plugin'
import { Preferences } from '../../src/shared/settings'

const status = { state: 'idle', version: null, percent: null, detail: null, checked_at: null } as const
let door: DesktopDoor
let gateway: Gateway

beforeEach(async () => {
  door = {
    preferences: () => Preferences.parse({}),
    setPreferences: vi.fn((changes) => Preferences.parse(changes)),
    about: () => ({ version: '1', electron: '1', chrome: '1', node: '1', platform: 'test', packaged: false }),
    copy: vi.fn(async () => undefined),
    openUrl: vi.fn(async () => undefined),
    openFile: vi.fn(async () => undefined),
    updateStatus: () => status,
    checkForUpdate: async () => status,
    installUpdate: () => status,
    ...{ showApproval: vi.fn(), closeApproval: vi.fn(), showWindow: vi.fn() },
  }
  gateway = createGateway({ plugins: [desktopPlugin(() => door, vi.fn(), Promise.resolve())] })
  return () => gateway.close()
})

async function ask(method: string, path: string, body?: unknown, principal: Principal = 'desktop') {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  return gateway.admin(new Request(`http://gateway/desktop${path}`, init), principal)
}

describe("the app's own routes", () => {
  it.each(['admin', 'approver'] as const)('are closed to the principal %s', async (principal) => {
    const asked = [
      ...[
        ask('GET', '/preferences', undefined, principal),
        ask('PATCH', '/preferences', {}, principal),
        ask('GET', '/about', undefined, principal),
      ],
      ...[
        ask('POST', '/copy', { text: '' }, principal),
        ask('POST', '/open', { what: 'config' }, principal),
        ask('GET', '/updates', undefined, principal),
      ],
      ...[ask('POST', '/updates/check', undefined, principal), ask('POST', '/updates/install', undefined, principal)],
      ...[
        ask('POST', '/approval-window', {}, principal),
        ask('POST', '/close-approval-window', undefined, principal),
        ask('POST', '/main-window', {}, principal),
      ],
    ]
    for (const answer of await Promise.all(asked)) expect(answer.status).toBe(403)
    expect(door.copy).not.toHaveBeenCalled()
  })

  it('change the preferences that are named, and no others', async () => {
    await ask('PATCH', '/preferences', { appearance: 'dark' })
    expect(door.setPreferences).toHaveBeenCalledWith({ appearance: 'dark' })
    expect((await ask('PATCH', '/preferences', { admin_token: 'x' })).status).toBe(422)
  })

  it.each([
    ['another scheme', { what: 'url', url: 'file:///etc/passwd' }],
    ['plain http', { what: 'url', url: 'http://example.com' }],
    ['a path', { what: '/etc/passwd' }],
    ['an address beside a folder', { what: 'data-folder', url: 'https://example.com' }],
    ['nothing', {}],
  ])('open no %s', async (_what, body) => {
    expect((await ask('POST', '/open', body)).status).toBe(422)
    expect(door.openUrl).not.toHaveBeenCalled()
  })

  it('open https addresses, the data folder and the config', async () => {
    await ask('POST', '/open', { what: 'url', url: 'https://example.com/x' })
    expect(door.openUrl).toHaveBeenCalledWith('https://example.com/x')
    for (const what of ['data-folder', 'config']) expect((await ask('POST', '/open', { what })).status).toBe(204)
    expect(vi.mocked(door.openFile).mock.calls).toEqual([['data-folder'], ['config']])
  })

  it('put a text on the clipboard', async () => {
    expect((await ask('POST', '/copy', { text: 'a snippet' })).status).toBe(204)
    expect(door.copy).toHaveBeenCalledWith('a snippet')
  })

  it('show windows, and only pages of them', async () => {
    await ask('POST', '/approval-window', { id: 'x' })
    await ask('POST', '/main-window', { page: '/approvals' })
    expect(door.showApproval).toHaveBeenCalledWith('x')
    expect(door.showWindow).toHaveBeenCalledWith('/approvals')
    expect((await ask('POST', '/main-window', { page: 'https://example.com' })).status).toBe(422)
  })
})
