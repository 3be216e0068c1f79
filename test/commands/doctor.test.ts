import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { version } from '../../src/shared/version'
import {
  built,
  buildTimeoutMs,
  endAll,
  newPlace,
  run,
  serve,
  start,
  type Environment,
  type Place,
  type Running,
  type Served,
} from '../support/cli-runner'
import { aStatus } from '../support/desktop-facts'

interface Finding {
  readonly about: string
  readonly name: string | null
  readonly level: string
  readonly code: string | null
  readonly message: string
  readonly remedy: string | null
}
interface Report {
  readonly ok: boolean
  readonly problems: number
  readonly warnings: number
  readonly findings: readonly Finding[]
}

beforeAll(built, buildTimeoutMs)

const places: Place[] = []
const gateways: Served[] = []
const servers: Server[] = []
afterEach(async () => {
  await endAll(...gateways.splice(0))
  for (const server of servers.splice(0)) server.close()
  for (const place of places.splice(0)) place.remove()
})

const place = (config?: object | string) => {
  const made = newPlace(config)
  places.push(made)
  return made
}
const served = async (...args: Parameters<typeof serve>) => {
  const gateway = await serve(...args)
  gateways.push(gateway)
  return gateway
}
async function listening(server: Server): Promise<number> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
const answering = (listener: RequestListener) => listening(createHttpServer(listener))
/** Takes connections, and says nothing. */
const mute = () => listening(createServer(() => undefined))
const unused = async () => {
  const port = await mute()
  servers.pop()?.close()
  return port
}

const doctor = async (at: Place, env: Environment = {}, args: readonly string[] = []) => {
  const { code, stdout, stderr } = await run(at, ['doctor', '--json', ...args], { env })
  expect(stderr).toBe('')
  return { code, ...(JSON.parse(stdout) as Report) }
}
const beside = (gateway: Served, env: Environment = {}) =>
  doctor(gateway.place, { FAST_GATEWAY_URL: `http://127.0.0.1:${gateway.port}`, ...env })
const about = ({ findings }: Report, what: string) => findings.filter((finding) => finding.about === what)
const named = (report: Report, name: string) => report.findings.find((finding) => finding.name === name)

/** Every file, with what is in it; of SQLite's index of a log, which whoever reads makes anew, only that it is there. */
function filesIn(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
  const files = paths.filter((path) => statSync(path).isFile())
  return Object.fromEntries(files.map((path) => [path, path.endsWith('-shm') ? '' : hashOf(path)]))
}
const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

describe('without a gateway', () => {
  it('and without a config it says that nothing is there yet, with 0, and makes nothing', async () => {
    const here = place()
    const elsewhere = { ...here, folder: '/' }
    const report = await doctor(elsewhere)
    expect(report).toMatchObject({ code: 0, ok: true, problems: 0 })
    expect(about(report, 'config')).toMatchObject([{ level: 'warning', code: 'config.absent', remedy: 'fast-gateway serve' }])
    expect(about(report, 'gateway')).toMatchObject([{ level: 'warning', code: 'gateway.unreachable' }])
    expect(about(report, 'node')[0]?.message).toMatch(/^Node \d.*N-API \d/)
    expect(existsSync(join(here.folder, '.fast-gateway'))).toBe(false)
  })

  it('it says of each server what can be said without starting one, and changes no file', async () => {
    const here = place({ port: await unused() })
    const gateway = await served(here)
    const marker = join(here.folder, 'started')
    const port = await mute()
    for (const args of [
      ['sly', '--', 'node', '-e', `require('fs').writeFileSync(${JSON.stringify(marker)}, '')`],
      ['away', `http://127.0.0.1:${await unused()}/mcp`, '--no-wait'],
      ['there', `http://127.0.0.1:${port}/mcp`, '--no-wait'],
      ['bare', `http://127.0.0.1:${port}/mcp`, '--header', 'Authorization=Bearer ${env:NOWHERE}', '--no-wait'],
      ['blank', `http://127.0.0.1:${port}/mcp`, '--header', 'X-Key=${keychain:blank}', '--no-wait'],
      ['off', `http://127.0.0.1:${port}/mcp`, '--disabled'],
    ])
      await gateway.cli('add', ...args)
    await gateway.asApprover('add', 'odd', '--trust', '--no-wait', '--', 'no-such-program-anywhere')
    await gateway.stop('SIGKILL')
    const before = filesIn(here.folder)
    const report = await doctor(here)
    expect(report).toMatchObject({ code: 1, ok: false })
    const of = (name: string) => named(report, name)
    expect(of('sly')).toMatchObject({ level: 'problem', code: 'server.untrusted', remedy: expect.stringContaining('trust sly') as string })
    expect(of('away')).toMatchObject({ level: 'problem', code: 'upstream.unreachable' })
    expect(of('there')).toMatchObject({ level: 'ok', code: null })
    expect(of('bare')).toMatchObject({ code: 'secret.unresolved', message: expect.stringContaining('${env:NOWHERE}') as string })
    expect(of('blank')).toMatchObject({ code: 'secret.unresolved', message: expect.stringContaining('secret set blank') as string })
    expect(of('off')).toMatchObject({ level: 'ok', message: 'disabled' })
    expect(of('odd')).toMatchObject({ level: 'problem', code: 'command.not_found' })
    expect(of('demo')).toMatchObject({ level: 'ok' })
    expect(filesIn(here.folder)).toEqual(before)
    expect(existsSync(marker)).toBe(false)
  })

  it('that was closed in order it leaves no file beside the registry', async () => {
    const here = place({ port: await unused() })
    await (await served(here)).stop()
    const before = filesIn(here.folder)
    expect(await doctor(here)).toMatchObject({ code: 0 })
    expect(filesIn(here.folder)).toEqual(before)
  })

  it('it knows one that runs on the same registry all the same', async () => {
    const gateway = await served(place({ port: await unused() }))
    expect(about(await doctor(gateway.place), 'data')).toContainEqual(expect.objectContaining({ level: 'warning', code: 'store.locked' }))
  })
})

describe('with a gateway', () => {
  it('it tells state, reason and remedy of each server', async () => {
    const gateway = await served(place())
    const closed = await answering((_req, res) => res.writeHead(401, { 'www-authenticate': 'Bearer' }).end())
    await gateway.cli('add', 'sly', '--', 'node', 'x.mjs')
    await gateway.cli('add', 'away', `http://127.0.0.1:${await unused()}/mcp`)
    await gateway.cli('add', 'bare', 'http://127.0.0.1:9/mcp', '--header', 'Authorization=Bearer ${env:NOWHERE}')
    await gateway.cli('add', 'closed', `http://127.0.0.1:${closed}/mcp`)
    const report = await beside(gateway)
    expect(report).toMatchObject({ code: 1, ok: false, problems: 4 })
    const of = (name: string) => named(report, name)
    expect(of('demo')).toMatchObject({ level: 'ok', code: null, message: 'ready, 7 tools', remedy: null })
    expect(of('sly')).toMatchObject({ code: 'server.untrusted', remedy: 'fast-gateway trust sly' })
    expect(of('away')).toMatchObject({ code: 'upstream.unreachable', message: expect.stringMatching(/^failed: /) as string })
    expect(of('bare')).toMatchObject({ code: 'secret.unresolved', message: expect.stringContaining('${env:NOWHERE}') as string })
    expect(of('closed')).toMatchObject({ code: 'upstream.login_required', message: expect.stringMatching(/^needs_login: /) as string })
    expect(about(report, 'gateway')[0]?.message).toContain(`Version ${version} answers at http://127.0.0.1:${gateway.port}`)
  })

  it('that is well it says so in words, with 0', async () => {
    const gateway = await served(place())
    const { code, stdout } = await gateway.cli('doctor')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ok {7}Gateway {2}Version /m)
    expect(stdout).toMatch(/^ok {7}Server {3}demo: ready, 7 tools$/m)
  })

  it('it says where the remedy is, on a line of its own', async () => {
    const gateway = await served(place())
    await gateway.cli('add', 'sly', '--', 'node', 'x.mjs')
    const { code, stdout } = await gateway.cli('doctor')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^problem {2}Server {3}sly: needs_trust: .* \(server\.untrusted\)\n {18}→ fast-gateway trust sly$/m)
    expect(stdout.trimEnd()).toMatch(/\n\n1 problem/)
  })

  it('it tells that calls are paused, and of rules that are surely not meant', async () => {
    const gateway = await served(place({ policy: { deny: ['nothing_like_it'] } }))
    await gateway.cli('pause')
    const report = await beside(gateway)
    expect(about(report, 'gateway')).toContainEqual(expect.objectContaining({ code: 'gateway.paused', remedy: 'fast-gateway resume' }))
    expect(named(report, 'deny[0]')).toMatchObject({ level: 'warning', code: 'policy.pointless' })
    expect(report.code).toBe(0)
  })

  it('it tells of an edit of the config that is not in force, and of safe mode', async () => {
    const gateway = await served(place())
    writeFileSync(gateway.place.config, '{"polcy": {}}')
    await expect
      .poll(async () => (await gateway.json<{ config_error: string | null }>('info')).config_error, { timeout: 10_000 })
      .not.toBeNull()
    const report = await beside(gateway)
    for (const what of ['config', 'gateway'])
      expect(about(report, what)).toContainEqual(
        expect.objectContaining({ level: 'problem', code: 'config.invalid', message: expect.stringContaining('"policy"') as string }),
      )
    await gateway.stop()
    const safe = await served(gateway.place)
    expect(about(await beside(safe), 'gateway')).toContainEqual(expect.objectContaining({ level: 'problem', code: 'config.safe_mode' }))
  })

  it('it tells when that is of another version, or runs on another config', async () => {
    const status = aStatus({ version: '0.0.1', config_file: '/elsewhere/gateway.json' })
    const port = await answering((req, res) =>
      req.url === '/admin/status' ? res.end(JSON.stringify(status)) : res.writeHead(500).end('{"code":"internal","message":"no"}'),
    )
    const report = await doctor(place(), { FAST_GATEWAY_URL: `http://127.0.0.1:${port}`, FAST_GATEWAY_ADMIN_TOKEN: 'a-token-of-the-tests' })
    expect(about(report, 'gateway').map(({ code }) => code)).toEqual([null, 'gateway.version', 'config.other'])
    expect(about(report, 'server')).toMatchObject([{ level: 'problem', code: 'internal' }])
  })

  it('that knows another token, or is none at all, it says so when that was named', async () => {
    const gateway = await served(place())
    const wrong = await beside(gateway, { FAST_GATEWAY_ADMIN_TOKEN: 'wrong-token-of-the-tests' })
    expect(about(wrong, 'gateway')).toMatchObject([{ level: 'problem', code: 'auth.required' }])
    const port = await answering((_req, res) => res.end('hello'))
    const strange = await doctor(gateway.place, { FAST_GATEWAY_URL: `http://127.0.0.1:${port}/x` })
    expect(about(strange, 'gateway')).toMatchObject([{ level: 'problem' }])
    const gone = await doctor(gateway.place, {}, ['--gateway-url', `http://127.0.0.1:${await unused()}`])
    expect(about(gone, 'gateway')).toMatchObject([{ level: 'problem', code: 'gateway.unreachable' }])
  })

  it('on another machine it looks at nothing here', async () => {
    const url = 'http://nowhere.invalid:7411'
    const report = await doctor(place('{broken'), { FAST_GATEWAY_URL: url, FAST_GATEWAY_ADMIN_TOKEN: 'a-token-of-the-tests' })
    expect(report.findings.map((finding) => finding.about)).toEqual(['node', 'gateway'])
    expect(about(report, 'gateway')).toMatchObject([{ level: 'problem', code: 'gateway.unreachable' }])
  })

  it('that takes connections and never answers it gives up in time, and shows meanwhile what it does', async () => {
    const gateway = await served(place())
    const running: Running = start(gateway.place, ['doctor', '--gateway-url', `http://127.0.0.1:${await mute()}`], { terminal: true })
    await running.says(/Looking at the gateway \(\d s\)/)
    const { code, stdout } = await running.ended
    expect(code).toBe(1)
    expect(stdout).toContain('(gateway.silent)')
  })
})

describe('the config', () => {
  it('that cannot be read is a problem, with the nearest key', async () => {
    const report = await doctor(place('{"polcy": {}}'))
    expect(about(report, 'config')).toMatchObject([{ level: 'problem', code: 'config.invalid' }])
    expect(about(report, 'config')[0]?.message).toContain('did you mean "policy"?')
    expect(about(report, 'policy')).toEqual([])
  })

  it('that was named and is not there is a problem', async () => {
    const report = await doctor(place(), {}, ['--config', 'nowhere.json'])
    expect(report.code).toBe(1)
    expect(about(report, 'config')).toMatchObject([{ level: 'problem', code: 'config.invalid' }])
  })

  it('with an admin token that leads nowhere, or can be guessed, is told', async () => {
    const lost = await doctor(place({ admin_token: '${env:NOWHERE}' }))
    expect(about(lost, 'config')).toContainEqual(expect.objectContaining({ level: 'problem', code: 'secret.unresolved' }))
    const short = await doctor(place({ admin_token: 'short' }))
    expect(about(short, 'config')).toContainEqual(expect.objectContaining({ level: 'warning', code: 'admin_token.short' }))
  })
})

describe('the port', () => {
  /** Only Linux tells it without a tool. */
  const byWhom = (pid: number | undefined) => (process.platform === 'linux' ? `(process ${pid})` : 'is taken by')

  it('is free, or is the own one', async () => {
    const here = place({ port: await unused() })
    expect(about(await doctor(here), 'port')).toMatchObject([{ level: 'ok', message: expect.stringContaining('is free') as string }])
    const running = start(here, ['serve'])
    await running.says('Config        :')
    const report = await doctor(here)
    running.child.kill('SIGTERM')
    await running.ended
    expect(about(report, 'port')).toMatchObject([{ level: 'ok', message: expect.stringContaining("this gateway's own") as string }])
    expect(about(report, 'gateway')).toMatchObject([{ level: 'ok' }])
  })

  it('is taken, and by whom', async () => {
    const report = await doctor(place({ port: await mute() }))
    expect(about(report, 'port')).toMatchObject([{ level: 'problem', code: 'listen.port_taken' }])
    expect(about(report, 'port')[0]?.message).toContain(byWhom(process.pid))
  })

  it('is taken by a gateway that runs on another config', async () => {
    const other = await served(place())
    const report = await doctor(place({ port: other.port, admin_token: 'quite-another-token' }))
    expect(about(report, 'port')[0]?.message).toContain(`a fast-gateway (version ${version})`)
    expect(about(report, 'port')[0]?.message).toContain(byWhom(other.child.pid))
    expect(about(report, 'gateway')).toMatchObject([{ level: 'problem', code: 'auth.required' }])
  })

  it('cannot be listened on', async () => {
    const report = await doctor(place({ host: '192.0.2.1', port: 7411 }))
    expect(about(report, 'port')).toMatchObject([{ level: 'problem', code: 'listen.refused' }])
  })
})

describe('the data folder', () => {
  it('that cannot be written is a problem', async () => {
    const here = place({ db: 'file/gateway.db' })
    writeFileSync(join(here.folder, 'file'), '')
    const report = await doctor(here)
    expect(about(report, 'data')).toContainEqual(expect.objectContaining({ level: 'problem', code: 'folder.unwritable' }))
  })

  it('with a registry of a newer version, or a damaged one, is a problem', async () => {
    const here = place({ port: await unused() })
    await (await served(here)).stop()
    const file = join(here.folder, 'gateway.db')
    const database = new Database(file)
    database.pragma('user_version = 9999')
    database.close()
    expect(about(await doctor(here), 'data')).toContainEqual(expect.objectContaining({ level: 'problem', code: 'store.newer' }))
    writeFileSync(file, 'this is no database'.repeat(1000))
    expect(about(await doctor(here), 'data')).toContainEqual(expect.objectContaining({ level: 'problem', code: 'store.unavailable' }))
  })
})

describe('the vault', () => {
  const keychain = { FAST_GATEWAY_VAULT: 'keychain' }

  it('that does not answer is a warning, and a problem once a server needs it', async () => {
    const here = place({ port: await unused() })
    expect(about(await doctor(here, keychain), 'vault')).toMatchObject([{ level: 'warning', code: 'vault.unavailable' }])
    const gateway = await served(here, [], keychain)
    await gateway.cli('add', 'guarded', `http://127.0.0.1:${await unused()}/mcp`, '--header', 'X-Key=${keychain:guard}')
    expect(about(await beside(gateway), 'vault')).toMatchObject([{ level: 'problem', code: 'vault.unavailable' }])
    await gateway.stop()
    expect(about(await doctor(here, keychain), 'vault')).toMatchObject([{ level: 'problem', code: 'vault.unavailable' }])
  })

  it('that makes no sense is told', async () => {
    const report = await doctor(place(), { FAST_GATEWAY_VAULT: 'cupboard' })
    expect(about(report, 'config')[0]?.message).toContain('FAST_GATEWAY_VAULT must be')
  })
})

it("an agent's config that cannot be read is a problem, others are named", async () => {
  const here = place()
  mkdirSync(join(here.folder, '.cursor'))
  writeFileSync(join(here.folder, '.cursor', 'mcp.json'), '{oops')
  writeFileSync(join(here.folder, '.claude.json'), '{"mcpServers": {}}')
  const report = await doctor(here)
  expect(about(report, 'agent')).toMatchObject([
    { level: 'ok', message: expect.stringContaining('Claude Code') as string },
    { level: 'problem', name: 'Cursor', code: 'agent.unreadable' },
  ])
})

it('no secret and no token is in what it says, with and without a gateway', async () => {
  const secrets = { admin: 'Zq7-admin-token-of-the-tests', env: 'Zq7-env-secret-of-the-tests', kept: 'Zq7-kept-secret-of-the-tests' }
  const env = {
    FAST_GATEWAY_ADMIN_TOKEN: secrets.admin,
    WEATHER_TOKEN: secrets.env,
    FAST_GATEWAY_APPROVER_TOKEN: 'Zq7-approver-of-the-tests',
  }
  const here = place({ port: await unused() })
  const gateway = await served(here, [], env)
  const tell = await answering((req, res) =>
    res.writeHead(500).end(`no: ${req.headers.authorization ?? ''} ${String(req.headers['x-key'])}`),
  )
  const at = { ...env, FAST_GATEWAY_URL: `http://127.0.0.1:${gateway.port}` }
  await run(here, ['secret', 'set', 'kept'], { env: at, input: secrets.kept })
  const headers = ['--header', 'Authorization=Bearer ${env:WEATHER_TOKEN}', '--header', 'X-Key=${keychain:kept}']
  await run(here, ['add', 'telltale', `http://127.0.0.1:${tell}/mcp?q=\${keychain:kept}`, ...headers], { env: at })
  const said = [await run(here, ['doctor'], { env: at }), await run(here, ['doctor', '--json'], { env: at })]
  await gateway.stop()
  said.push(await run(here, ['doctor'], { env }), await run(here, ['doctor', '--json'], { env }))
  for (const { stdout, stderr } of said) {
    expect(stdout).toContain('telltale')
    expect(stdout + stderr).not.toContain('Zq7-')
    expect(stdout + stderr).not.toMatch(/fgw_\w/)
  }
})
