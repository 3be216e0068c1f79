import { readdir, readFile, readlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { GatewayStatus } from '../../shared/records'
import { fine, problem, warning, type Finding } from './doctor-finding'
import type { Home } from './doctor-machine'
import { readText, send } from './http'
import { localUrl } from './door'
import { Failure } from './failure'

const patienceMs = 3000

/** Whether the gateway of this config can listen where it shall, or does. @param status of the gateway that answers; null where none does */
export async function lookAtPort(home: Home, status: GatewayStatus | null): Promise<Finding> {
  const { host, port } = home.config
  if (port === 0) return fine('port', 'Each start takes a free one ("port": 0).')
  if (status?.endpoint && status.config_file === home.configFile && Number(new URL(status.endpoint).port) === port)
    return fine('port', `${port} is this gateway's own.`)
  const code = await refusalOf(host, port)
  if (code === null) return fine('port', `${host}:${port} is free.`)
  return code === 'EADDRINUSE' ? taken(home, await tenant(home)) : unusable(host, port, code)
}

function taken({ config: { port }, isPortNamed }: Home, by: string): Finding {
  const code = 'listen.port_taken'
  const message = `${port} is taken by ${by}.`
  // At the first start the next free one is taken and written down.
  if (!isPortNamed) return warning('port', { code, message, remedy: 'Nothing to do: the first start takes the next free one.' })
  return problem('port', {
    code,
    message,
    remedy: 'End that program, or choose another "port" in the config; agents have the old one in theirs.',
  })
}

const unusable = (host: string, port: number, code: string): Finding =>
  problem('port', {
    code: 'listen.refused',
    message: `${host}:${port} cannot be listened on (${code}).`,
    remedy: code === 'EACCES' ? 'Choose a "port" above 1023.' : 'Set "host" to an address that this machine has, such as 127.0.0.1.',
  })

/** @returns the system's word against listening there; null: one could */
function refusalOf(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)))
  })
}

/** Who listens: what it says of itself, and which program it is where the system tells. */
async function tenant(home: Home): Promise<string> {
  const [version, program] = await Promise.all([
    gatewayVersion(localUrl({ config: home.config, file: home.configFile })),
    listener(home.config.port).catch(() => null),
  ])
  const what = version === null ? 'another program' : `a fast-gateway (version ${version})`
  return program === null ? what : `${what}, ${program}`
}

/** @returns null where no fast-gateway answers */
async function gatewayVersion(base: string): Promise<string | null> {
  try {
    const signal = AbortSignal.timeout(patienceMs)
    const answer = await send(new URL(`${base}/health`), { method: 'GET', headers: {}, signal })
    const { status, version } = JSON.parse(await readText(answer, tooLarge)) as Record<string, unknown>
    return typeof status === 'string' && typeof version === 'string' ? version : null
  } catch {
    return null
  }
}

const tooLarge = () => new Failure('The answer is too large.', 'gateway.too_large')

/** On Linux, of programs of this user: `node (process 4711)`. */
async function listener(port: number): Promise<string | null> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((table) => readFile(`/proc/net/${table}`, 'utf8').catch(() => '')))
  const sockets = new Set(tables.flatMap((table) => table.split('\n').slice(1)).flatMap((line) => socketOf(line, port)))
  for (const pid of sockets.size === 0 ? [] : (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (await holds(pid, sockets)) return `${(await readFile(`/proc/${pid}/comm`, 'utf8')).trim()} (process ${pid})`
  }
  return null
}

const listening = '0A'

function socketOf(line: string, port: number): string[] {
  const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
  const isThere = state === listening && parseInt(local.split(':')[1] ?? '', 16) === port
  return isThere && inode !== undefined ? [`socket:[${inode}]`] : []
}

async function holds(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`
  const files = await readdir(folder).catch(() => [])
  const targets = await Promise.all(files.map((file) => readlink(`${folder}/${file}`).catch(() => '')))
  return targets.some((target) => sockets.has(target))
}
