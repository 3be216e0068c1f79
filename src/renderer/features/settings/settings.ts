import { door } from '../../door'
import { api, read } from '../../gateway'
import type { Noun } from '../../store'
import type { SecretList } from '../../../shared/secrets'
import { Preferences, type SettingsView, type UpdateStatus } from '../../../shared/settings'

/** What can be set of `gateway.json`. */
export const settingsNoun: Noun<SettingsView> = { load: () => read(api.admin.settings.$get()), events: ['config.changed'] }

/** Names of secrets and the place that keeps them. */
export const secretsNoun: Noun<SecretList> = {
  load: () => read(api.admin.secrets.$get()),
  events: ['secrets.changed', 'server.changed', 'server.removed'],
  pauseMs: 500,
}

/** What only the app knows; a browser has the defaults. */
export const preferencesNoun: Noun<Preferences> = {
  load: () => (door.kind === 'app' ? read(api.desktop.preferences.$get()) : Promise.resolve(Preferences.parse({ welcome_done: true }))),
  events: ['desktop.preferences'],
}

/** Whether there is a newer version; null in a browser. */
export const updateNoun: Noun<UpdateStatus | null> = {
  load: () => (door.kind === 'app' ? read(api.desktop.updates.$get()) : Promise.resolve(null)),
  events: ['desktop.update'],
}
