import { Preferences } from '../../shared/settings'

/** What the app keeps for itself, apart from the gateway. */
export interface AppState {
  readonly preferences?: unknown
  /** Where the main window was. */
  readonly window?: unknown
  /** The person has been told that closing the window does not end the app. */
  readonly told_of_tray?: boolean
}

/** Where it is kept: electron-store, or a map in a test. */
export interface StateStore {
  get<Key extends keyof AppState>(key: Key): AppState[Key]
  set<Key extends keyof AppState>(key: Key, value: NonNullable<AppState[Key]>): void
}

/** What the preferences act on. */
export interface PreferenceEffects {
  /** Whether the system starts the app at login, as the system has it. */
  startsAtLogin(): boolean
  setStartsAtLogin(on: boolean): void
  /** Called with every change, and what it was before. */
  changed(now: Preferences, before: Preferences): void
}

/** The person's preferences, in force whenever they are set. */
export interface LivePreferences {
  current(): Preferences
  set(changes: Partial<Preferences>): Preferences
}

export function openPreferences(store: StateStore, effects: PreferenceEffects): LivePreferences {
  let kept = readPreferences(store.get('preferences'))
  // The system's own settings can switch it too: what is true there is true.
  const current = () => ({ ...kept, launch_at_login: effects.startsAtLogin() })
  return {
    current,
    set(changes) {
      const before = current()
      const now = { ...before, ...changes }
      if (now.launch_at_login !== before.launch_at_login) effects.setStartsAtLogin(now.launch_at_login)
      kept = now
      store.set('preferences', now)
      effects.changed(now, before)
      return current()
    },
  }
}

/** What an older or newer version wrote, as far as it fits; each key that does not is as new. */
export function readPreferences(stored: unknown): Preferences {
  const given = typeof stored === 'object' && stored !== null ? stored : {}
  const fitting = Object.entries(given as Readonly<Record<string, unknown>>).filter(
    ([key, value]) => Preferences.safeParse({ [key]: value }).success,
  )
  return Preferences.parse(Object.fromEntries(fitting))
}
