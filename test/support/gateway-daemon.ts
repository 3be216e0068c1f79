import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDaemon, type Daemon, type DaemonOptions } from '../../src/main/daemon'
import { adminToken, approverToken, logInto, rigOf, withTheTest, type LogLine, type Rig } from './gateway-rig'

/** A folder with a config in it, as a daemon finds it. */
export interface DataFolder {
  readonly path: string
  readonly configFile: string
  write(config: object | string): void
  config(): Record<string, unknown>
  /** Every file's bytes, whatever it is called. */
  contents(): string
  mode(name: string): string
}

export function newDataFolder(config: object | string = {}): DataFolder {
  const path = mkdtempSync(join(tmpdir(), 'fast-gateway-daemon-'))
  const configFile = join(path, 'gateway.json')
  withTheTest(async () => rmSync(path, { recursive: true, force: true }))
  const write = (next: object | string) => writeFileSync(configFile, typeof next === 'string' ? next : JSON.stringify(next))
  write(config)
  return {
    path,
    configFile,
    write,
    config: () => JSON.parse(readFileSync(configFile, 'utf8')) as Record<string, unknown>,
    contents: () =>
      readdirSync(path)
        .map((name) => readFileSync(join(path, name), 'latin1'))
        .join('\n'),
    mode: (name) => (statSync(join(path, name)).mode & 0o777).toString(8),
  }
}

export interface RunningDaemon extends Rig {
  readonly daemon: Daemon
}

const env = { FAST_GATEWAY_ADMIN_TOKEN: adminToken, FAST_GATEWAY_APPROVER_TOKEN: approverToken }

/** The daemon of a folder, in this process. */
export async function startDaemon(folder: DataFolder, options: Partial<DaemonOptions> = {}): Promise<RunningDaemon> {
  const lines: LogLine[] = []
  const daemon = await openDaemon({ configFile: folder.configFile, env, log: logInto(lines), ...options })
  withTheTest(() => daemon.gateway.close({ drainMs: 100 }))
  return { ...rigOf(daemon.gateway, daemon.listening, lines), daemon }
}

/** Holds a port so that nobody else can have it. */
export async function takePort(port: number): Promise<{ readonly port: number; release(): Promise<void> }> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async release() {
      server.close()
      await once(server, 'close')
    },
  }
}
