import { join } from 'node:path'
import { app, shell } from 'electron'
import { GatewayError } from '../../shared/errors'
import type { GatewayEvent } from '../../shared/events'
import type { Approval } from '../../shared/records'
import type { Log } from '../gateway/log'
import type { PluginHost } from '../gateway/plugin'
import { setAppMenu } from './app-menu'
import { askAboutStart } from './dialogs'
import { createEnding, relaunch, type Ending } from './ending'
import { createInbox } from './inbox'
import { answerBridge } from './ipc'
import { lockPages, lockSession } from './lock'
import { hiddenFlag, isHiddenStart } from './login-item'
import { isPageUrl } from './pages'
import { desktopPlugin } from './plugin'
import { followPower } from './power'
import { openStateStore } from './settings'
import { Shell } from './shell'
import { joinPaths, loginShellPath } from './shell-path'
import { startGateway, type GatewayWishes, type Running } from './start'
import { findFreePort, isPortTaken, startQuestion } from './start-failure'
import { refusalOf } from './switches'

/** What the app is made of. */
export interface AppParts {
  readonly log: Log
  /** Where the gateway's config is, in a folder for the app's data unless somebody said otherwise. @throws GatewayError `config.invalid` */
  configFile(folder: string): string
  /** Makes the gateway. */
  open(configFile: string, wishes: GatewayWishes): Promise<Running>
}

/** Where a port for the gateway is looked for: after the usual one. */
const firstPort = 7412

/** Having run so long, it is started anew after a failure that nobody foresaw. */
const soundAfterSeconds = 60

/** Servers are connected so long after the window was painted first, when it shows its page; or after so long without. Milliseconds. */
const firstPageMs = 500
const longestPaintMs = 3_000

/** As the packager has it: by it Windows knows our notifications. */
const appId = 'io.fastgateway.app'

/** What a person reads. The package's own name is that of its data folder. */
const appName = 'Fast Gateway'

/** The desktop app around a gateway: one instance, an icon in the tray, a window when asked for. */
export function runApp(parts: AppParts): void {
  const { log } = parts
  const refusal = app.isPackaged ? refusalOf(app.commandLine) : undefined
  if (refusal !== undefined) {
    log.error(refusal)
    return app.exit(1)
  }
  // Where it was before the app had this name.
  app.setPath('userData', app.getPath('userData'))
  app.setName(appName)
  if (!app.requestSingleInstanceLock()) return app.exit(0)
  const ending = createEnding(log)
  let failed = false
  const fail = (error: unknown) => {
    log.error('Something went wrong that Fast Gateway did not foresee; it closes.', { error })
    // Agents rely on it; one that fails as it starts would do so without end.
    if (!failed && process.uptime() > soundAfterSeconds) relaunch([hiddenFlag])
    failed = true
    ending.end('it cannot go on', 1)
  }
  // Listening to both keeps Electron from showing its dialog, which nobody sees on a machine that has just started.
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  app.setAppUserModelId(appId)
  // Whoever sets this for an installed app would choose what its windows show.
  const devServer = app.isPackaged ? undefined : process.env.ELECTRON_RENDERER_URL
  lockPages(devServer)
  start(parts, ending, devServer).catch(fail)
}

async function start(parts: AppParts, ending: Ending, devServer: string | undefined): Promise<void> {
  const ready = app.whenReady()
  const inside = createInside()
  followWishes(inside)
  // While Chromium starts.
  const [running] = await Promise.all([openGateway(parts, inside, ready), ready])
  if (!running) return app.exit(1)
  const { host } = inside
  if (!host) throw new Error('The gateway started without the app in it.')
  const shell = new Shell({ running, host, state: openStateStore(), ending, devServer, log: parts.log })
  // After the icon, which is there sooner so, and before any page.
  lockSession(join(import.meta.dirname, '../renderer'), devServer)
  inside.shell = shell
  inside.events.open((event) => shell.hear(event))
  inside.asked.open((approval) => shell.ask(approval))
  // Windows first, the icon last: it says that the gateway closes.
  ending.before(() => shell.destroy())
  ending.before(() => running.close())
  ending.before(() => shell.closeWindows())
  openDoors(shell, running, devServer)
  followSystem(shell, running, ending, parts.log)
  if (isHiddenStart() && !inside.wanted) return inside.connect()
  shell.showWindow()
  shell.window.whenPainted(() => setTimeout(inside.connect, firstPageMs))
  setTimeout(inside.connect, longestPaintMs)
}

/** The gateway's inside, as it comes to be known; and what is heard of it before the app stands. */
function createInside() {
  let connect = (): void => undefined
  const shown = new Promise<void>((resolve) => (connect = resolve))
  return {
    host: undefined as PluginHost | undefined,
    shell: undefined as Shell | undefined,
    /** Somebody asked for a window before there was one to show. */
    wanted: false,
    events: createInbox<GatewayEvent>(),
    asked: createInbox<Approval>(),
    /** Its person sees something: what the servers take may now be taken. */
    ...{ shown, connect },
  }
}
type Inside = ReturnType<typeof createInside>

/** Starting it once more, or clicking on it in the Dock, shows its window; while it still starts, once it stands. */
function followWishes(inside: Inside): void {
  const show = () => {
    inside.wanted = true
    inside.shell?.showWindow()
  }
  app.on('second-instance', (_event, argv) => void (argv.includes(hiddenFlag) || show()))
  app.on('activate', show)
}

async function openGateway({ log, configFile, open }: AppParts, inside: Inside, ready: Promise<void>): Promise<Running | undefined> {
  const folder = app.getPath('userData')
  const plugin = desktopPlugin(
    () => shellOf(inside),
    (host) => {
      inside.host = host
      host.onEvent((event) => inside.events.put(event))
    },
    findPrograms(),
  )
  const notifier = (approval: Approval) => inside.asked.put(approval)
  return startGateway({
    log,
    open: async (port) => keepPort(await open(configFile(folder), { plugin, notifier, connectAfter: inside.shown, port }), port),
    ask: (failure) => ready.then(() => askWhatToDo(failure)),
    openConfig: async () => void (await shell.openPath(configFile(folder))),
  })
}

function shellOf({ shell }: Inside): Shell {
  if (!shell) throw new GatewayError('gateway.closing', 'The app is still starting; try again in a moment.')
  return shell
}

/** What is started from the Finder, the Dock or a menu would not find `npx`, `uvx` or `docker`. Never rejects. */
async function findPrograms(): Promise<void> {
  if (process.platform === 'win32' || !app.isPackaged) return
  const path = await loginShellPath(process.env.SHELL, process.env)
  if (path !== undefined) process.env.PATH = joinPaths(path, process.env.PATH ?? '')
}

async function askWhatToDo(failure: unknown) {
  return askAboutStart(startQuestion(failure, isPortTaken(failure) ? await findFreePort('127.0.0.1', firstPort) : undefined))
}

/** The port that a person chose stays: agents are connected to it. */
async function keepPort(running: Running, port: number | undefined): Promise<Running> {
  if (port === undefined) return running
  const body = JSON.stringify({ port })
  const request = new Request('http://gateway/settings', { method: 'PATCH', body, headers: { 'content-type': 'application/json' } })
  await running.gateway.admin(request, 'desktop')
  return running
}

function openDoors(shell: Shell, { gateway }: Running, devServer: string | undefined): void {
  answerBridge(
    (request) => gateway.admin(request, 'desktop'),
    (page) => page === shell.window.page() || page === shell.approval.page(),
    (url) => isPageUrl(url, devServer),
  )
  setAppMenu({ settings: () => shell.showWindow('/settings'), quit: () => shell.quit() })
  app.on('window-all-closed', () => undefined) // stays in the tray
}

function followSystem(shell: Shell, { gateway }: Running, ending: Ending, log: Log): void {
  followPower({
    reprobe: (why) => {
      log.info('Servers are asked anew.', { why })
      gateway.reload().catch((error: unknown) => log.warn('Servers could not be asked anew.', { error }))
    },
    suspend: () => shell.suspend(),
    resume: () => shell.resume(),
    shutdown: () => ending.end('the machine shuts down'),
  })
  shell.lookForUpdates()
}
