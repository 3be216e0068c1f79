import { dirname } from 'node:path'
import { app, clipboard, nativeTheme, shell } from 'electron'
import { GatewayError } from '../../shared/errors'
import type { GatewayEvent } from '../../shared/events'
import type { Approval, GatewayStatus } from '../../shared/records'
import type { Preferences } from '../../shared/settings'
import type { Log } from '../gateway/log'
import type { PluginHost } from '../gateway/plugin'
import { createApprovalWindow, type ApprovalWindow } from './approval-window'
import { readPlacement } from './bounds'
import { connectClaudeCode } from './connect'
import { confirmQuit } from './dialogs'
import type { Ending } from './ending'
import { createEventPace, type EventPace } from './event-pace'
import { tellPage } from './ipc'
import { loginItem } from './login-item'
import { showNotification } from './native-notification'
import { connectText, stillRunningText, type NotificationText } from './notification-texts'
import { createNotifications, type Notifications } from './notifications'
import { openPreferences, type LivePreferences, type StateStore } from './preferences'
import type { DesktopDoor } from './routes'
import type { Running } from './start'
import { createTray, watchPanel, type TrayIcon } from './tray'
import { openUpdater, whyNoUpdates } from './updater'
import { createUpdates, type Updates } from './updates'
import { createWatch, mostRecent, type Watch } from './watch'
import { createWindow, type Window } from './window'

/** What the app's surfaces are made of. */
export interface ShellParts {
  readonly running: Running
  /** The inside of the same gateway. */
  readonly host: PluginHost
  readonly state: StateStore
  readonly ending: Ending
  readonly devServer: string | undefined
  readonly log: Log
}

/** Milliseconds to the first look for a newer version, and between two. */
const firstLookMs = 60_000
const lookEveryMs = 6 * 3_600_000

/** Windows, tray and notifications around a running gateway, and what they ask of each other. */
export class Shell implements DesktopDoor {
  readonly window: Window
  readonly approval: ApprovalWindow
  readonly #preferences: LivePreferences
  readonly #notifications: Notifications
  readonly #updates: Updates
  readonly #watch: Watch
  readonly #tray: TrayIcon
  readonly #pace: EventPace
  #lastStatus: GatewayStatus | undefined
  #wake: (() => void) | undefined

  constructor(private readonly parts: ShellParts) {
    const isPanelDark = watchPanel() // before the person's own choice of colours
    this.#preferences = this.#openPreferences()
    nativeTheme.themeSource = this.#preferences.current().appearance
    this.window = this.#createWindow()
    this.approval = createApprovalWindow({ ...parts, isNeeded: () => this.#watch.facts().pending.length > 0 })
    this.#notifications = this.#createNotifications()
    this.#notifications.know(parts.running.gateway.servers.list())
    this.#updates = this.#createUpdates()
    this.#watch = this.#createWatch()
    this.#tray = createTray(this.#watch.facts(), this.#trayActions(), isPanelDark)
    this.#pace = createEventPace((event) => this.#tellPages(event))
  }

  /** Everything that the gateway tells. */
  hear(event: GatewayEvent): void {
    this.#pace.hear(event)
    this.#watch.hear(event)
    this.#notifications.hear(event)
    if (event.event === 'approval.closed' && this.#watch.facts().pending.length === 0) this.approval.rest()
  }

  /** A call waits for a person. */
  ask(approval: Approval): void {
    this.#notifications.ask(approval).catch((error: unknown) => {
      this.parts.log.warn('A notification could not be shown; the call waits in the approval window.', { error })
      this.approval.show(approval.id)
    })
  }

  /** The person's own wish, in which running calls are not forgotten. */
  quit(): void {
    this.#try('It could not be asked whether to quit.', async () => {
      const { calls_in_flight: running } = this.#status()
      if (running === 0 || (await confirmQuit(running))) this.parts.ending.end('its person quit it')
    })
  }

  /** The machine goes to sleep, where nobody can decide. */
  suspend(): void {
    this.#wake ??= this.parts.running.approvals.suspend()
  }

  /** What waits has longer now: windows and icon take it over. Nobody is told twice. */
  resume(): void {
    this.#wake?.()
    this.#wake = undefined
    for (const approval of this.parts.running.approvals.pending()) {
      const event = { event: 'approval.created', at: new Date().toISOString(), data: { approval } } as const
      this.#watch.hear(event)
      this.#pace.hear(event)
    }
  }

  closeWindows(): void {
    this.window.destroy()
    this.approval.destroy()
  }

  /** After the gateway: until then the icon says that it closes. */
  destroy(): void {
    this.#pace.close()
    this.#watch.close()
    this.#notifications.clear()
    this.#tray.destroy()
  }

  /** A while after the start, and from then on now and then. */
  lookForUpdates(): void {
    if (this.#updates.status().state === 'unsupported') return
    const look = () => void this.#updates.check()
    setTimeout(look, firstLookMs)
    setInterval(look, lookEveryMs)
  }

  preferences(): Preferences {
    return this.#preferences.current()
  }

  setPreferences(changes: Partial<Preferences>): Preferences {
    return this.#preferences.set(changes)
  }

  about() {
    const { electron, chrome, node } = process.versions
    return { version: app.getVersion(), electron, chrome, node, platform: `${process.platform} ${process.arch}`, packaged: app.isPackaged }
  }

  async copy(text: string): Promise<void> {
    await clipboard.writeText(text)
  }

  async openUrl(url: string): Promise<void> {
    if (new URL(url).protocol !== 'https:') throw new GatewayError('input.invalid', 'Only https addresses are opened in the browser.')
    await shell.openExternal(url)
  }

  async openFile(what: 'data-folder' | 'config'): Promise<void> {
    const { configFile } = this.parts.running
    const failure = await shell.openPath(what === 'config' ? configFile : dirname(configFile))
    if (failure !== '') throw new GatewayError('input.invalid', `The system could not open it (${failure}); it is at ${configFile}.`)
  }

  updateStatus() {
    return this.#updates.status()
  }

  checkForUpdate() {
    return this.#updates.check()
  }

  installUpdate() {
    return this.#updates.install()
  }

  showApproval(id?: string): void {
    this.approval.show(id)
  }

  /** Its page may not have heard yet of what waits since. */
  closeApproval(): void {
    if (this.#watch.facts().pending.length === 0) this.approval.rest()
  }

  showWindow(page?: string): void {
    this.window.show(page)
  }

  #openPreferences(): LivePreferences {
    const item = loginItem()
    return openPreferences(this.parts.state, {
      startsAtLogin: () => item.isOn(),
      setStartsAtLogin: (on) => item.set(on),
      changed: (now, before) => this.#preferencesChanged(now, before),
    })
  }

  #preferencesChanged(now: Preferences, before: Preferences): void {
    nativeTheme.themeSource = now.appearance
    if (!now.notifications) this.#notifications.clear()
    if (now.update_channel !== before.update_channel) void this.#updates.check()
    this.#tellPages({ event: 'desktop.preferences', at: new Date().toISOString(), data: { preferences: now } })
  }

  #createWindow(): Window {
    const { log, devServer, state, ending } = this.parts
    return createWindow({
      ...{ log, devServer },
      placement: () => readPlacement(state.get('window')),
      savePlacement: (placement) => state.set('window', placement),
      hidden: () => this.#sayOnceThatItGoesOn(),
      sessionEnds: () => ending.end('the session of its user ends'),
    })
  }

  #sayOnceThatItGoesOn(): void {
    const { state } = this.parts
    if (state.get('told_of_tray') === true) return
    state.set('told_of_tray', true)
    this.#tell(stillRunningText)
  }

  #tell(text: NotificationText): void {
    showNotification({ ...text, urgent: false, buttons: [], click: () => this.window.show(), failed: () => undefined })
  }

  #createNotifications(): Notifications {
    const { approvals } = this.parts.running
    return createNotifications({
      show: showNotification,
      enabled: () => this.#preferences.current().notifications,
      isWatched: (what) => (what === 'approvals' ? this.approval : this.window).isFocused(),
      mayApprove: async ({ id }) => mayApprove(approvals, id),
      decide: (id, approve) => this.#decide(id, approve),
      openApproval: (id) => this.approval.show(id),
      openPage: (page) => this.window.show(page),
      now: Date.now,
    })
  }

  /** By a button of a notification. What cannot be decided so is decided in the window. */
  #decide(id: string, approve: boolean): void {
    try {
      this.parts.running.approvals.decide(id, { approve, by: 'notification' })
    } catch (error) {
      this.parts.log.warn('A notification could not decide a call; its window is opened.', { approval: id, error })
      this.approval.show(id)
    }
  }

  #createUpdates(): Updates {
    const { log, ending } = this.parts
    return createUpdates({
      unsupported: whyNoUpdates(),
      open: (listeners) => openUpdater(listeners, log),
      channel: () => this.#preferences.current().update_channel,
      changed: (update) => this.#tellPages({ event: 'desktop.update', at: new Date().toISOString(), data: { update } }),
      beforeInstall: () => ending.close(),
      log,
      now: () => new Date().toISOString(),
    })
  }

  /** A store that cannot be read is no reason to end: what was so last is shown. */
  #status(): GatewayStatus {
    try {
      this.#lastStatus = this.parts.running.gateway.status()
    } catch (error) {
      if (!this.#lastStatus) throw error
      this.parts.log.warn('The gateway cannot say how it is.', { error })
    }
    return this.#lastStatus
  }

  #createWatch(): Watch {
    const { host } = this.parts
    return createWatch({
      status: () => this.#status(),
      recent: () => host.store.audit.query({ limit: mostRecent }).entries,
      changed: () => this.#tray.update(this.#watch.facts()),
    })
  }

  #trayActions() {
    return {
      copy: (text: string) => this.#try('The address could not be copied.', () => this.copy(text)),
      copySnippet: () => this.#try('The command could not be copied.', () => this.#copySnippet()),
      openApproval: (id: string) => this.approval.show(id),
      open: (page?: string) => this.window.show(page),
      setPaused: (paused: boolean) => this.#try('Calls could not be resumed.', async () => this.#setPaused(paused)),
      quit: () => this.quit(),
    }
  }

  async #copySnippet(): Promise<void> {
    const { running, host } = this.parts
    const { command, client } = connectClaudeCode(running.gateway, running.listening.endpoint, host.config().mcp_auth === 'none')
    await this.copy(command)
    this.#tell(connectText(client))
  }

  #setPaused(paused: boolean): void {
    const { gateway } = this.parts.running
    if (paused) gateway.pause()
    else gateway.resume()
  }

  /** From a menu, which waits for nobody. */
  #try(failure: string, work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      this.parts.log.error(failure, { error })
      this.#tell({ title: 'That did not work', body: failure })
    })
  }

  #tellPages(event: GatewayEvent): void {
    for (const page of [this.window.page(), this.approval.page()]) if (page) tellPage(page, event)
  }
}

/** Decided already: nobody approves it any more. */
function mayApprove(approvals: Running['approvals'], id: string): boolean {
  try {
    return approvals.review(id).notify_approve
  } catch {
    return false
  }
}
