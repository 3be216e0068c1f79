import { spawnSync } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { version } from '../../src/shared/version'
import { built, buildTimeoutMs, cliFile, endAll, newPlace, run, serve, start, type Place, type Served } from '../support/cli-runner'

let gateway: Served
let place: Place
beforeAll(async () => {
  await built()
  gateway = await serve(newPlace())
  place = newPlace({ port: 9 })
}, buildTimeoutMs)
afterAll(async () => {
  await endAll(gateway)
  place.remove()
})

const commands = {
  '': [
    'serve',
    'info',
    'doctor',
    'pause',
    'resume',
    'connect',
    'completion',
    'add',
    'import',
    'list',
    'remove',
    'enable',
    'disable',
    'trust',
    'login',
    'logout',
    'test',
    'refresh',
    'reload',
    'group',
    'client',
    'secret',
    'policy',
    'tools',
    'approvals',
    'audit',
    'stats',
    'diagnostics',
  ],
  group: ['create', 'list', 'rm', 'members', 'allow', 'deny'],
  client: ['add', 'list', 'rotate', 'rm'],
  secret: ['set', 'list', 'rm'],
  policy: ['show', 'check', 'replay'],
  tools: ['list', 'describe', 'call'],
  approvals: ['list', 'approve', 'deny', 'grants', 'revoke', 'watch'],
}

describe('help', () => {
  it('names every command', async () => {
    const { code, stdout, stderr } = await run(place, ['--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const name of commands['']) expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'))
  })

  it.each(Object.entries(commands).slice(1))('names every command of %s', async (name, inner) => {
    const { code, stdout } = await run(place, ['help', name])
    expect(code).toBe(0)
    for (const each of inner) expect(stdout).toMatch(new RegExp(`^  ${each}\\b`, 'm'))
  })

  it.each(Object.entries(commands).flatMap(([name, inner]) => inner.map((each) => [...name.split(' '), each].filter(Boolean))))(
    'of %s %s has examples, and lines as long as a terminal is wide',
    async (...words) => {
      const { stdout } = await run(place, ['help', ...words])
      expect(stdout).toContain('Examples:\n  $ fast-gateway ')
      expect(stdout.split('\n').filter((line) => line.length > 80 && !line.startsWith('  $ '))).toEqual([])
    },
  )

  it('gives the version', async () => expect(await run(place, ['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' }))
})

describe('a wrong command line ends with 2 and nothing on standard output:', () => {
  it.each([
    ['no command', [], 'Usage:'],
    ['a command with a typing error', ['lst'], 'Did you mean'],
    ['an option with a typing error', ['list', '--jsno'], 'Did you mean --json'],
    ['a name that is missing', ['remove'], "missing required argument 'name'"],
    ['a name too many', ['remove', 'a', 'b'], 'too many arguments'],
    ['a group command that there is not', ['group', 'crate'], 'Did you mean create'],
    ['help of a command that there is not', ['help', 'lst'], 'Did you mean'],
    ['a URL that is none', ['list', '--gateway-url', 'localhost:1'], 'must begin with http'],
  ])('%s', async (_what, args, words) => {
    const { code, stdout, stderr } = await run(place, args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(words)
  })
})

describe('a wrong command line with --json', () => {
  it.each([
    ['an option with a typing error', ['list', '--jsno', '--json'], "unknown option '--jsno'"],
    ['a number that is none', ['audit', '--limit', '0', '--json'], 'whole number'],
    ['a name that is missing, further down', ['group', 'create', '--json'], "missing required argument 'name'"],
    ['a URL that is none', ['list', '--gateway-url', 'localhost:1', '--json'], 'must begin with http'],
  ])('is told as JSON: %s', async (_what, args, words) => {
    const { code, stdout, stderr } = await run(place, args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    const { error } = JSON.parse(stderr) as { error: { code: string; message: string } }
    expect([error.code, error.message]).toEqual(['usage', expect.stringContaining(words)])
  })
})

describe('a gateway that cannot be reached', () => {
  it('says how to start it', async () => {
    writeFileSync(join(place.folder, 'admin-token'), 'admin-token-of-the-tests\n')
    const { code, stdout, stderr } = await run(place, ['list'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(
      /^error: The gateway does not answer at http:\/\/127\.0\.0\.1:9 \(nothing listens there\)\. Start it with "fast-gateway serve/,
    )
  })

  it('is the one of the config where the variable for another is empty', async () => {
    const { stderr } = await start(place, ['list'], { env: { FAST_GATEWAY_URL: '' } }).ended
    expect(stderr).toContain('does not answer at http://127.0.0.1:9 ')
  })

  it('that was never started has no token yet', async () => {
    const fresh = newPlace()
    const { code, stderr } = await run(fresh, ['list'])
    fresh.remove()
    expect(code).toBe(1)
    expect(stderr).toContain('start the gateway with "fast-gateway serve"')
  })

  it('is told as JSON with --json, on standard error', async () => {
    const { code, stdout, stderr } = await run(place, ['list', '--json'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'gateway.unreachable' } })
  })

  it('is not mistaken for something else that answers', async () => {
    const other: Server = createServer((_request, response) => response.writeHead(404).end('<h1>Not here</h1>'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const { code, stderr } = await run(place, ['list', '--gateway-url', `http://127.0.0.1:${port}`])
    other.close()
    expect(code).toBe(1)
    expect(stderr).toContain("is not the gateway's admin API (HTTP 404)")
  })

  it('on another machine never gets the token of this one', async () => {
    const { code, stderr } = await run(place, ['list', '--gateway-url', 'http://gateway.test:7411'])
    expect(code).toBe(1)
    expect(stderr).toContain('is not sent to gateway.test:7411')
  })
})

describe('the gateway', () => {
  it('is found by the config: port, prefix and the token beside it', async () => {
    const own = newPlace({ admin_prefix: '/manage' })
    const served = await serve(own)
    await served.stop()
    writeFileSync(own.config, JSON.stringify({ admin_prefix: '/manage', port: served.port }))
    const again = start(own, ['serve'])
    await again.says('Config        :')
    expect((await run(own, ['info'])).stdout).toContain(`Admin API     : http://127.0.0.1:${served.port}/manage`)
    expect((await run(own, ['--config', own.config, 'list', '--json'], { env: { HOME: '/' } })).code).toBe(0)
    again.child.kill()
    await again.ended
    own.remove()
  })

  it('refuses a wrong token, and the CLI says where that came from', async () => {
    const flag = await gateway.cli('list', '--admin-token', 'wrong-wrong-wrong-wrong')
    expect(flag).toMatchObject({ code: 1, stdout: '' })
    expect(flag.stderr).toContain('(from --admin-token)')
    expect(flag.stderr).not.toContain('wrong-wrong')
    const env = { FAST_GATEWAY_URL: `http://127.0.0.1:${gateway.port}`, FAST_GATEWAY_ADMIN_TOKEN: 'wrong-wrong-wrong-wrong' }
    expect((await run(gateway.place, ['list'], { env })).stderr).toContain('(from $FAST_GATEWAY_ADMIN_TOKEN)')
  })

  it.each([
    ['server', ['remove', 'dmeo'], 'Did you mean "demo"?'],
    ['server', ['test', 'something-else'], '"fast-gateway list" shows which there are'],
    ['group', ['group', 'members', 'nobody'], '"fast-gateway group list"'],
    ['client', ['client', 'rotate', 'nobody'], '"fast-gateway client list"'],
    ['tool', ['tools', 'call', 'demo_ecko'], 'Did you mean "demo_echo"?'],
  ])('has no %s of that name: %s', async (kind, args, words) => {
    const { code, stdout, stderr } = await gateway.cli(...args)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`There is no ${kind} "`)
    expect(stderr).toContain(words)
  })
})

describe('output', () => {
  it('has no colours where it is no terminal, or where NO_COLOR forbids them', async () => {
    const env = { FAST_GATEWAY_URL: `http://127.0.0.1:${gateway.port}` }
    expect((await gateway.cli('list')).stdout).not.toContain('\u001b')
    expect((await start(gateway.place, ['list'], { env, terminal: true }).ended).stdout).toContain('\u001b[')
    expect((await start(gateway.place, ['list'], { env: { ...env, NO_COLOR: '1' }, terminal: true }).ended).stdout).not.toContain('\u001b')
  })

  it.runIf(process.platform === 'linux')('that cannot be written is a failure, told in a line', () => {
    const env = { ...gateway.place.env, FAST_GATEWAY_URL: `http://127.0.0.1:${gateway.port}` }
    const line = `"${process.execPath}" "${cliFile}" list > /dev/full`
    const { status, stderr } = spawnSync('bash', ['-c', line], { cwd: gateway.place.folder, env, encoding: 'utf8' })
    expect([status, stderr]).toEqual([1, 'error: The output cannot be written: ENOSPC: no space left on device, write.\n'])
  })

  it('may be read in part', () => {
    const env = { ...gateway.place.env, FAST_GATEWAY_URL: `http://127.0.0.1:${gateway.port}` }
    const line = `"${process.execPath}" "${cliFile}" tools list --json | head -1; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = spawnSync('bash', ['-c', line], { cwd: gateway.place.folder, env, encoding: 'utf8' })
    expect({ stdout, stderr }).toEqual({ stdout: '[\n0\n', stderr: '' })
  })
})

describe('completion', () => {
  it('is a script that bash can read', async () => {
    const { code, stdout } = await run(place, ['completion', 'bash'])
    expect(code).toBe(0)
    expect(spawnSync('bash', ['-n'], { input: stdout, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
  })

  it.each(['zsh', 'fish'])('is there for %s', async (shell) => {
    const { code, stdout } = await run(place, ['completion', shell])
    expect(code).toBe(0)
    expect(stdout).toContain('fast-gateway')
  })

  it.each([
    [['tr'], 'trust'],
    [['group', 'm'], 'members'],
    [['serve', '--log-l'], '--log-level'],
  ])('of %s is %s', async (words, completed) => {
    const { code, stdout } = await run(place, ['complete', '--', ...words])
    expect(code).toBe(0)
    expect(stdout.split('\n')[0]).toMatch(new RegExp(`^${completed}\\b`))
  })

  it('does not know every shell', async () => expect(await run(place, ['completion', 'tcsh'])).toMatchObject({ code: 2, stdout: '' }))
})
