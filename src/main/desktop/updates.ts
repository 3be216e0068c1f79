import { GatewayError } from '../../shared/errors'
import type { Preferences, UpdateStatus } from '../../shared/settings'
import type { Log } from '../gateway/log'

/** What looks for newer versions: electron-updater, or a double in a test. */
export interface Updater {
  /** Looks, and downloads what it finds. Tells of it through the listeners. */
  check(channel: Preferences['update_channel']): Promise<void>
  /** Ends the app, installs and starts it again. */
  install(): void
}

/** What an updater tells. */
export interface UpdaterListeners {
  available(version: string): void
  none(): void
  progress(percent: number): void
  ready(version: string): void
}

export interface UpdateParts {
  /** Why this build cannot update itself; undefined when it can. */
  readonly unsupported: string | undefined
  open(listeners: UpdaterListeners): Promise<Updater>
  channel(): Preferences['update_channel']
  changed(status: UpdateStatus): void
  /** Closes the gateway in order before the installer runs. */
  beforeInstall(): Promise<void>
  readonly log: Log
  /** ISO 8601. */
  now(): string
}

/** Newer versions of the app: found by themselves, installed only by a person's click. */
export interface Updates {
  status(): UpdateStatus
  check(): Promise<UpdateStatus>
  /** @throws GatewayError when nothing is ready */
  install(): UpdateStatus
}

const idle: UpdateStatus = { state: 'idle', version: null, percent: null, detail: null, checked_at: null }

export function createUpdates(parts: UpdateParts): Updates {
  let status: UpdateStatus = parts.unsupported === undefined ? idle : { ...idle, state: 'unsupported', detail: parts.unsupported }
  const say = (now: Partial<UpdateStatus>) => {
    status = { ...status, percent: null, detail: null, ...now }
    parts.changed(status)
  }
  const listeners: UpdaterListeners = {
    available: (version) => say({ state: 'available', version }),
    none: () => say({ state: 'none', version: null }),
    progress: (percent) => say({ state: 'downloading', percent: Math.min(100, Math.max(0, Math.round(percent))) }),
    ready: (version) => say({ state: 'ready', version }),
  }
  let opened: Promise<Updater> | undefined
  const updater = () => (opened ??= parts.open(listeners))
  const fail = (cause: unknown) => {
    parts.log.warn('Looking for a newer version failed.', { error: String(cause) })
    say({ state: 'failed', detail: 'The newer version could not be looked for or fetched; try again when you are online.' })
  }
  return {
    status: () => status,
    async check() {
      if (isBusy(status)) return status
      say({ state: 'checking', checked_at: parts.now() })
      await updater()
        .then((found) => found.check(parts.channel()))
        .catch(fail)
      return status
    },
    install() {
      if (status.state !== 'ready') throw new GatewayError('input.invalid', 'There is no newer version to install; look for one first.')
      void Promise.all([updater(), parts.beforeInstall()]).then(([found]) => found.install(), fail)
      return status
    },
  }
}

/** What was fetched is kept, and nothing is looked for twice at once. */
const isBusy = ({ state }: UpdateStatus) => ['unsupported', 'checking', 'available', 'downloading', 'ready'].includes(state)
