import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { homeEnvironment } from './ui-window'

export const tokens = { admin: 'an-admin-token-for-these-tests', approver: 'an-approver-token-for-these-tests' } as const

/** A headless gateway: the built command-line program, serving `/ui/`. */
export interface Headless {
  readonly endpoint: string
  readonly uiUrl: string
  readonly adminUrl: string
  /** What it has said on standard error. */
  log(): string
  /** By a signal, as a service manager ends it. */
  stop(): Promise<void>
}

interface Facts {
  readonly endpoint: string
  readonly ui_url: string
  readonly admin_url: string
}

const program = join(import.meta.dirname, '../../../out/main/cli.js')

/** Starts one on a data folder. `port` 0 takes a free one. */
export async function startHeadless({ data, home, port = 0 }: { data: string; home: string; port?: number }): Promise<Headless> {
  const config = join(data, 'gateway.json')
  await writeFile(config, JSON.stringify({ hil: { auto_open_browser: false } }), { flag: 'wx' }).catch(() => undefined)
  const own = { FAST_GATEWAY_ADMIN_TOKEN: tokens.admin, FAST_GATEWAY_APPROVER_TOKEN: tokens.approver }
  const child = spawn(process.execPath, [program, 'serve', '--json', '--config', config, '--port', String(port)], {
    env: { ...homeEnvironment(home), ...own, DBUS_SESSION_BUS_ADDRESS: 'disabled:' }, // its secrets go to the encrypted file
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (text: Buffer) => (said += text.toString()))
  const { endpoint, ui_url: uiUrl, admin_url: adminUrl } = await firstAnswer(child, () => said)
  return { endpoint, uiUrl, adminUrl, log: () => said, stop: () => end(child) }
}

function firstAnswer(child: ChildProcess, log: () => string): Promise<Facts> {
  let told = ''
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (text: Buffer) => {
      told += text.toString()
      try {
        resolve(JSON.parse(told) as Facts)
      } catch {
        return // not whole yet
      }
    })
    child.once('exit', () => reject(new Error(`The gateway ended before it listened: ${log()}`)))
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
