import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browse } from '../support/browser-double'
import { built, buildTimeoutMs, endAll, newPlace, run, serve, start, type Place, type Served } from '../support/cli-runner'
import { freePort } from '../support/free-port'
import { openOAuthServer, type OAuthServer } from '../support/oauth-server'
import { openProtectedUpstream, type ProtectedUpstream } from '../support/oauth-upstream'

const env = { FAST_GATEWAY_VAULT: 'file' }
let as: OAuthServer
let upstream: ProtectedUpstream
let place: Place
let gateway: Served | undefined

beforeAll(async () => {
  await built()
  as = await openOAuthServer()
  upstream = await openProtectedUpstream(as)
  // Where no gateway runs, none of another test is found at the usual port.
  place = newPlace({ port: await freePort() })
}, buildTimeoutMs)
afterAll(async () => {
  await endAll(gateway)
  place.remove()
  await upstream.close()
  await as.close()
})

/** The address that a login shows, followed as a browser would. */
async function followed(login: ReturnType<typeof start>): Promise<void> {
  const [address = ''] = /http:\/\/\S+\/auth\?\S+/.exec(await login.says(/\/auth\?\S+\n/)) ?? []
  await browse(address)
}

describe('login and logout', () => {
  it('with a running gateway: added, logged in, ready', async () => {
    gateway = await serve(place, [], env)
    const added = await gateway.cli('add', 'hosted', upstream.url, '--oauth', '--scope', 'read')
    expect([added.code, added.stderr]).toEqual([0, expect.stringContaining('Next: fast-gateway login hosted')])
    const login = start(place, ['login', 'hosted', '--no-browser'], {
      env: { ...env, FAST_GATEWAY_URL: `http://127.0.0.1:${gateway.port}` },
    })
    await followed(login)
    const { code, stdout, stderr } = await login.ended
    expect([code, stdout, stderr]).toEqual([0, 'Logged in to hosted.\n', expect.stringContaining('hosted is ready with 2 tools')])
    const called = await gateway.cli('tools', 'call', 'hosted_echo')
    expect(called.stdout).toContain('echo was run')
  })

  it('outlives the gateway, whose start says how each server is authorized', async () => {
    const known = as.asked.authorization_code
    await gateway?.stop()
    gateway = await serve(place, [], env)
    expect(gateway.stdout()).toContain('OAuth         : hosted, logged in\n')
    await gateway.says(/OAuth/)
    expect((await gateway.cli('test', 'hosted')).code).toBe(0)
    expect(as.asked.authorization_code).toBe(known)
  })

  it('logs out, here and there', async () => {
    const { code, stdout } = (await gateway?.cli('logout', 'hosted')) ?? {}
    expect([code, stdout]).toEqual([0, 'Logged out of hosted.\n'])
    expect((await gateway?.cli('logout', 'hosted'))?.stdout).toBe('Nobody was logged in to hosted.\n')
    await gateway?.stop()
    gateway = await serve(place, [], env)
    expect(gateway.stdout()).toContain('OAuth         : hosted, needs a login (fast-gateway login hosted)')
    await gateway.stop()
  })

  it('without a running gateway: the next one is logged in', async () => {
    const login = start(place, ['login', 'hosted', '--no-browser', '--json'], { env })
    await followed(login)
    const { code, stdout, stderr } = await login.ended
    expect([code, stderr]).toEqual([0, expect.stringContaining('Log in to hosted')])
    expect(JSON.parse(stdout)).toMatchObject({ login: { state: 'done' }, server: { name: 'hosted', state: 'ready' } })
    gateway = await serve(place, [], env)
    expect(gateway.stdout()).toContain('OAuth         : hosted, logged in\n')
    await gateway.stop()
    expect((await run(place, ['logout', 'hosted'], { env })).stdout).toBe('Logged out of hosted.\n')
  })

  it('is cancelled by Ctrl-C, and by nobody is taken up again', async () => {
    gateway = await serve(place, [], env)
    const login = start(place, ['login', 'hosted', '--no-browser'], {
      env: { ...env, FAST_GATEWAY_URL: `http://127.0.0.1:${gateway.port}` },
    })
    const [address = ''] = /http:\/\/\S+\/auth\?\S+/.exec(await login.says(/\/auth\?\S+\n/)) ?? []
    login.child.kill('SIGINT')
    expect((await login.ended).code).toBe(130)
    expect((await browse(address)).text).toContain('Not logged in')
  })

  it('says what cannot be logged in to', async () => {
    expect((await gateway?.cli('login', 'demo'))?.stderr).toContain('not set up for a login')
    expect((await gateway?.cli('login', 'hostd'))?.stderr).toContain('Did you mean "hosted"?')
  })
})
