import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  approver,
  built,
  buildTimeoutMs,
  cliFile,
  endAll,
  newPlace,
  run,
  serve,
  start,
  type Place,
  type Running,
  type Served,
} from '../support/cli-runner'

beforeAll(built, buildTimeoutMs)

const places: Place[] = []
const gateways: Served[] = []
const runnings: Running[] = []
const servers: Server[] = []
afterEach(async () => {
  for (const running of runnings.splice(0)) {
    running.child.kill('SIGKILL')
    await running.ended
  }
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
const started = (...args: Parameters<typeof start>) => {
  const running = start(...args)
  runnings.push(running)
  return running
}
/** Takes a port, unless somebody has it already: taken it is then in any case. */
async function take(port: number): Promise<number> {
  const server = createServer()
  servers.push(server)
  const heard = once(server, 'listening').catch(() => undefined)
  server.listen(port, '127.0.0.1')
  await heard
  const address = server.address()
  return typeof address === 'object' && address ? address.port : port
}
const config = (of: Place) => JSON.parse(readFileSync(of.config, 'utf8')) as Record<string, unknown>

describe('serve says at its start', () => {
  it('where everything is, in these lines and no other form, on standard output', async () => {
    const gateway = await served(place())
    const base = `http://127.0.0.1:${gateway.port}`
    expect(gateway.stdout().split('\n').slice(0, 5)).toEqual([
      `MCP endpoint  : ${base}/mcp`,
      `Admin API     : ${base}/admin`,
      `API docs      : ${base}/docs`,
      `Window        : ${base}/ui/`,
      `Config        : ${gateway.place.config}`,
    ])
    expect(gateway.stdout()).toContain('fast-gateway connect --client claude-code')
  })

  it('the approver credential that it made, once, with what it is for', async () => {
    const gateway = await served(place(), [], { FAST_GATEWAY_APPROVER_TOKEN: undefined })
    await gateway.says('Approves calls and trusts commands')
    const tokens = gateway.stdout().match(/fgw_approver_[\w-]+/g)
    expect(tokens).toHaveLength(1)
    const everything = readdirSync(gateway.place.folder).map((file) => readFileSync(join(gateway.place.folder, file), 'latin1'))
    expect(everything.join('\n') + gateway.stderr()).not.toContain(tokens?.[0])
  })

  it('never the approver credential that came from the environment', async () => {
    const gateway = await served(place())
    await gateway.stop()
    expect(gateway.stdout() + gateway.stderr()).not.toContain(approver)
    expect(gateway.stdout()).not.toContain('Approver')
  })

  it('no credential where standard output goes into a file', async () => {
    const here = place()
    const out = join(here.folder, 'out.txt')
    const file = openSync(out, 'w')
    const child = spawn(process.execPath, [cliFile, 'serve', '--port', '0'], {
      cwd: here.folder,
      env: here.env,
      stdio: ['ignore', file, 'pipe'],
    })
    closeSync(file)
    child.stderr?.resume()
    await expect.poll(() => readFileSync(out, 'utf8'), { timeout: 10_000 }).toContain('$FAST_GATEWAY_APPROVER_TOKEN')
    child.kill('SIGTERM')
    await once(child, 'close')
    expect(readFileSync(out, 'utf8')).not.toContain('fgw_approver_')
  })

  it('one JSON object and nothing else with --json; the log goes to standard error', async () => {
    const gateway = await served(place(), ['--json', '--log-format', 'json'])
    await gateway.cli('group', 'create', 'ro')
    await gateway.stop()
    expect(JSON.parse(gateway.stdout())).toEqual({
      endpoint: `http://127.0.0.1:${gateway.port}/mcp`,
      admin_url: `http://127.0.0.1:${gateway.port}/admin`,
      docs_url: `http://127.0.0.1:${gateway.port}/docs`,
      ui_url: `http://127.0.0.1:${gateway.port}/ui/`,
      config: gateway.place.config,
      pid: gateway.child.pid,
    })
    const lines = gateway
      .stderr()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: string })
    expect(lines.length).toBeGreaterThan(0)
  })

  it('that the config is new, which it makes at the first start, for its owner only', async () => {
    const here = place()
    const home = join(here.folder, '.fast-gateway', 'gateway.json')
    const gateway = started({ ...here, folder: '/', env: here.env }, ['serve', '--port', '0'])
    expect(await gateway.says('Created the config')).toContain(`Config        : ${home}`)
    expect(statSync(home).mode & 0o777).toBe(0o600)
    expect(statSync(join(home, '..', 'admin-token')).mode & 0o777).toBe(0o600)
  })

  it('which servers wait for trust', async () => {
    const here = place()
    const first = await served(here)
    await first.cli('add', 'files', '--', 'node', 'files.mjs')
    await first.stop()
    const second = await served(here)
    expect(await second.says('Needs trust')).toContain('fast-gateway trust files')
  })

  it('loudly that it denies everything when the config is broken, and why', async () => {
    const gateway = started(place('{"polcy": {}}'), ['serve', '--port', '0'])
    expect(await gateway.says('SAFE MODE     :')).toContain('did you mean "policy"?')
  })
})

describe('the port', () => {
  it('is the next free one when 7411 is taken at the first start, and stays', async () => {
    await take(7411)
    const here = place({ name: 'Mine' })
    const first = started(here, ['serve'])
    await first.says('Config        :')
    const { port } = config(here)
    expect(port).toBeGreaterThan(7411)
    expect(config(here).name).toBe('Mine')
    expect((await run(here, ['info'])).stdout).toContain(`http://127.0.0.1:${String(port)}/mcp`)
    first.child.kill('SIGTERM')
    await first.ended
    const second = started(here, ['serve'])
    expect(await second.says('Config        :')).toContain(`http://127.0.0.1:${String(port)}/mcp`)
  })

  it('is not written down with --port', async () => {
    const gateway = await served(place())
    expect(config(gateway.place)).toEqual({})
  })
})

describe('serve ends with one clear sentence and 1 when', () => {
  it('the port that it was told is taken', async () => {
    const port = await take(0)
    for (const [here, args] of [
      [place(), ['--port', String(port)]],
      [place({ port }), []],
    ] as const) {
      const { code, stdout, stderr } = await run(here, ['serve', ...args])
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toBe(
        `error: Port ${port} is in use; end the program that has it, or choose another with --port or "port" in the config.\n`,
      )
    }
  })

  it('another gateway runs on the same data', async () => {
    const gateway = await served(place())
    const { code, stderr } = await run(gateway.place, ['serve', '--port', '0'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: Another gateway is running on .*\n$/)
    expect((await gateway.cli('info')).code).toBe(0)
  })

  it('the registry is of a newer version', async () => {
    const here = place()
    await (await served(here)).stop()
    const database = new Database(join(here.folder, 'gateway.db'))
    database.pragma('user_version = 9999')
    database.close()
    const { code, stderr } = await run(here, ['serve', '--port', '0'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: .*schema version 9999.*Update the gateway.*\n$/)
  })

  it('it should open to a network without tokens', async () => {
    const { code, stderr } = await run(place({ mcp_auth: 'none' }), ['serve', '--port', '0', '--host', '0.0.0.0'])
    expect(code).toBe(1)
    expect(stderr).toContain('Refusing to listen on 0.0.0.0 without tokens')
  })

  it('the config that it was told is not there', async () => {
    const here = place()
    const { code, stderr } = await run(here, ['serve', '--config', 'nowhere.json'])
    expect(code).toBe(1)
    expect(stderr).toContain('--config names')
    expect(existsSync(join(here.folder, 'nowhere.json'))).toBe(false)
  })

  it('Node is too old, whatever the command', async () => {
    const old = 'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,napi:"9"}})'
    const { code, stderr } = await run(place(), ['serve'], { node: ['--import', old] })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^fast-gateway needs Node 22\.14 or newer, best Node 24; this is Node .*\n$/)
  })

  it('a port or a level is none (and 2, for it was used wrongly)', async () => {
    const here = place()
    for (const args of [['--port', '70000'], ['--port', 'x'], ['--log-level', 'loud'], ['--nonsense']]) {
      const { code, stdout, stderr } = await run(here, ['serve', ...args])
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toContain(args[0])
    }
  })
})

describe('the end', () => {
  const longestEndMs = 6000

  it.each(['SIGTERM', 'SIGINT'] as const)('comes with %s, with 0 and within six seconds', async (signal) => {
    const gateway = await served(place())
    const asked = Date.now()
    expect((await gateway.stop(signal)).code).toBe(0)
    expect(Date.now() - asked).toBeLessThan(longestEndMs)
    expect((await gateway.cli('info')).stderr).toContain('does not answer')
  })

  it('waits for a call that is running', async () => {
    const gateway = await served(place())
    const call = start(gateway.place, ['tools', 'call', 'demo_countdown', 'from=5'], {
      env: { FAST_GATEWAY_URL: `http://127.0.0.1:${gateway.port}` },
    })
    await expect.poll(async () => (await gateway.json<{ calls_in_flight: number }>('info')).calls_in_flight, { timeout: 10_000 }).toBe(1)
    expect((await gateway.stop()).code).toBe(0)
    expect(await call.ended).toMatchObject({ code: 0 })
  })

  it('comes at once with a second Ctrl-C', async () => {
    const gateway = await served(place())
    const call = start(gateway.place, ['tools', 'call', 'demo_delete_note', 'id=1'], {
      env: { FAST_GATEWAY_URL: `http://127.0.0.1:${gateway.port}` },
    })
    await call.says('Waiting for a person')
    gateway.child.kill('SIGINT')
    await gateway.says('1 call may end first')
    expect((await gateway.stop('SIGINT')).code).toBe(130)
    expect((await call.ended).code).toBe(1)
  })

  it('does not come because nobody reads what it says any more', async () => {
    const gateway = await served(place())
    gateway.child.stdout?.destroy()
    gateway.child.stderr?.destroy()
    for (const name of ['one', 'two']) expect((await gateway.cli('group', 'create', name)).code).toBe(0)
    writeFileSync(gateway.place.config, '{"name": "Renamed"}')
    await expect.poll(async () => (await gateway.json<{ name: string }>('info')).name, { timeout: 5000 }).toBe('Renamed')
  })
})
