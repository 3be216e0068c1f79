import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { DaemonOptions } from '../daemon'

type Plugin = NonNullable<DaemonOptions['plugins']>[number]
type Environment = DaemonOptions['env']

/** What opening a browser needs of the program around it. */
export interface BrowserParts {
  readonly env: Environment
  readonly platform: NodeJS.Platform
  /** Of the window for browsers; undefined before the gateway listens. */
  uiUrl(): string | undefined
}

/** The page that is open shows the next calls by itself. */
const restMs = 30_000

/** Opens the system's browser at a call that waits for a person, where `hil.auto_open_browser` says so and there is a screen. */
export const browserPlugin = ({ env, platform, uiUrl }: BrowserParts): Plugin => ({
  name: 'browser',
  contribute({ config, log, onEvent }) {
    let opened = -Infinity
    const stop = onEvent((event) => {
      const window = uiUrl()
      if (event.event !== 'approval.created' || window === undefined || !openerOf(platform, env)) return
      if (!config().hil.auto_open_browser || performance.now() - opened < restMs) return
      opened = performance.now()
      const url = `${window.replace(everywhere, '//127.0.0.1:')}#/approvals/${event.data.approval.id}`
      openInBrowser(url, env, platform, (why) => log.warn('The browser could not be opened; open the page yourself.', { url, why }))
    })
    return { close: stop }
  },
})

/** Where it listens at every address, this one is of this machine. */
const everywhere = /\/\/(?:0\.0\.0\.0|\[::\]):/

/**
 * Opens an address of the web in the system's browser, without a shell. @param failed when that turns out not to have worked
 * @returns false where there is no screen, or for an address of another kind
 */
export function openInBrowser(url: string, env: Environment, platform: NodeJS.Platform, failed: (why: string) => void): boolean {
  const opener = openerOf(platform, env)
  const parsed = URL.canParse(url) ? new URL(url) : null
  const isLocal = parsed?.protocol === 'http:' && /^(127(\.\d+){3}|localhost|\[::1\])$/.test(parsed.hostname)
  if (opener === undefined || parsed === null || (parsed.protocol !== 'https:' && !isLocal)) return false
  open(opener, parsed.href, env, failed)
  return true
}

type Opener = readonly [program: string, ...args: string[]]

/** Undefined where nobody looks at a screen: in a container, on a server. */
function openerOf(platform: NodeJS.Platform, env: Environment): Opener | undefined {
  if (platform === 'darwin') return ['open']
  // By its whole path: Windows would look for it in the present folder first.
  if (platform === 'win32') return [join(env.SystemRoot ?? 'C:\\Windows', 'System32', 'rundll32.exe'), 'url.dll,FileProtocolHandler']
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ['xdg-open'] : undefined
}

/** In a group of its own, so that Ctrl-C ends the gateway and not the browser. */
function open([program, ...args]: Opener, url: string, env: Environment, failed: (why: string) => void): void {
  const child = spawn(program, [...args, url], { detached: true, stdio: 'ignore', windowsHide: true, env: withoutCredentials(env) })
  child.on('error', (error) => failed(error.message))
  child.on('exit', (code) => {
    if (code !== 0) failed(`${program} ended with ${code ?? 'a signal'}`)
  })
  child.unref()
}

/** The browser and all that it starts would have them else. */
const withoutCredentials = (env: Environment): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^FAST_GATEWAY_/i.test(name)))
