import { describe, expect, it, vi } from 'vitest'
import { autostartEntry, isEntryOn } from '../../src/main/desktop/autostart'
import { openPreferences, readPreferences, type AppState, type StateStore } from '../../src/main/desktop/preferences'

const memory = (state: Record<string, unknown> = {}): StateStore => ({
  get: (key) => state[key] as AppState[typeof key],
  set: (key, value) => void (state[key] = value),
})

function open(state: Record<string, unknown> = {}) {
  const login = { on: false }
  const changed = vi.fn()
  const effects = { startsAtLogin: () => login.on, setStartsAtLogin: (on: boolean) => void (login.on = on), changed }
  return { login, changed, preferences: openPreferences(memory(state), effects) }
}

describe('preferences', () => {
  it('begin as they are meant', () =>
    expect(open().preferences.current()).toEqual({
      ...{ launch_at_login: false, notifications: true, appearance: 'system', update_channel: 'stable', welcome_done: false },
    }))

  it('are in force and kept once they are set', () => {
    const state = {}
    const { preferences, changed } = open(state)
    expect(preferences.set({ appearance: 'dark' })).toMatchObject({ appearance: 'dark', notifications: true })
    expect(open(state).preferences.current().appearance).toBe('dark')
    expect(changed).toHaveBeenCalledWith(expect.objectContaining({ appearance: 'dark' }), expect.objectContaining({ appearance: 'system' }))
  })

  it('are what the system says about the start at login, which it can change itself', () => {
    const { preferences, login } = open()
    preferences.set({ launch_at_login: true })
    expect(login.on).toBe(true)
    login.on = false
    expect(preferences.current().launch_at_login).toBe(false)
  })

  it.each([
    ['nothing', undefined],
    ['no object', 'broken'],
    ['a list', [1]],
  ])('begin anew when %s was kept', (_what, stored) => expect(readPreferences(stored).notifications).toBe(true))

  it('are taken from another version as far as they fit', () =>
    expect(readPreferences({ appearance: 'sepia', notifications: false, of_tomorrow: 1 })).toMatchObject({
      appearance: 'system',
      notifications: false,
    }))
})

describe('the start at login on Linux', () => {
  it('quotes what a desktop would read otherwise', () => {
    const entry = autostartEntry(['/opt/Fast Gateway/app', '100%', 'a"b$c`d\\e', '--hidden'])
    expect(entry).toContain(String.raw`Exec="/opt/Fast Gateway/app" "100%%" "a\\"b\\$c\\` + '`' + String.raw`d\\\\e" "--hidden"`)
  })

  it('is off when the settings of the desktop have switched it off', () => {
    const entry = autostartEntry(['/app'])
    expect(isEntryOn(entry)).toBe(true)
    expect(isEntryOn(`${entry}Hidden=true\n`)).toBe(false)
    expect(isEntryOn(entry.replace('enabled=true', 'enabled=false'))).toBe(false)
  })
})
