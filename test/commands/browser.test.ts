import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Approval } from '../../src/shared/records'
import { approver, built, buildTimeoutMs, endAll, newPlace, serve, start, type Environment, type Served } from '../support/cli-runner'

beforeAll(built, buildTimeoutMs)
const gateways: Served[] = []
afterEach(() => endAll(...gateways.splice(0)))

/** A gateway with a program in the place of the system's opener, which writes down how it was started. */
async function opened({ config = {}, env = {}, ending = 0 }: { config?: object; env?: Environment; ending?: number } = {}) {
  const place = newPlace(config)
  const bin = join(place.folder, 'bin')
  const file = join(place.folder, 'opened.txt')
  mkdirSync(bin)
  const script = `#!/bin/sh\n{ echo "args $# $*"; env; echo end; } >> '${file}'\nexit ${ending}\n`
  for (const name of ['xdg-open', 'open']) {
    writeFileSync(join(bin, name), script)
    chmodSync(join(bin, name), 0o755)
  }
  const path = `${bin}${delimiter}${place.env.PATH}`
  const gateway = await serve(place, [], { PATH: path, DISPLAY: ':77', FAST_GATEWAY_ADMIN_TOKEN: 'admin-of-these-tests', ...env })
  gateways.push(gateway)
  const at = { FAST_GATEWAY_URL: `http://127.0.0.1:${gateway.port}`, FAST_GATEWAY_ADMIN_TOKEN: 'admin-of-these-tests' }
  const admin = async (path: string, token = at.FAST_GATEWAY_ADMIN_TOKEN, method = 'GET') =>
    (await fetch(`${at.FAST_GATEWAY_URL}/admin${path}`, { method, headers: { authorization: `Bearer ${token}` } })).json()
  const ask = async (id: number): Promise<string> => {
    const calling = start(place, ['tools', 'call', 'demo_delete_note', `id=${id}`], { env: at })
    await calling.says('Waiting for a person')
    const pending = (await admin('/hil/pending')) as Approval[]
    return pending.find(({ arguments: args }) => args.id === id)?.id ?? ''
  }
  const said = () => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  const urls = () => [...said().matchAll(/^args (.*)$/gm)].map(([, args]) => args)
  return { gateway, admin, ask, said, urls }
}

// Windows runs neither this script nor an opener that is looked for in PATH.
describe.skipIf(process.platform === 'win32')('a call that waits for a person', () => {
  it("opens the browser at its page, with one plain address and none of the gateway's credentials", async () => {
    const { gateway, ask, said, urls } = await opened()
    const id = await ask(1)
    await expect.poll(said, { timeout: 10_000 }).toContain('\nend\n')
    expect(urls()).toEqual([`1 http://127.0.0.1:${gateway.port}/ui/#/approvals/${id}`])
    expect(said()).not.toMatch(/FAST_GATEWAY_/)
    for (const credential of [approver, 'admin-of-these-tests']) expect(said()).not.toContain(credential)
  })

  it('opens it once, however many come soon after', async () => {
    const { ask, said, urls } = await opened()
    await ask(1)
    await ask(2)
    await expect.poll(said, { timeout: 10_000 }).toContain('\nend\n')
    await ask(3)
    expect(urls()).toHaveLength(1)
  })

  it('opens nothing while the config does not want it, and the next call once it does', async () => {
    const { gateway, admin, ask, urls } = await opened({ config: { hil: { auto_open_browser: false } } })
    await ask(1)
    writeFileSync(gateway.place.config, JSON.stringify({ name: 'Renamed' }))
    await expect.poll(() => admin('/status'), { timeout: 10_000 }).toMatchObject({ name: 'Renamed' })
    const id = await ask(2)
    await expect.poll(urls, { timeout: 10_000 }).not.toEqual([])
    expect(urls()).toEqual([`1 http://127.0.0.1:${gateway.port}/ui/#/approvals/${id}`])
  })

  if (process.platform === 'linux')
    it('opens nothing where there is no screen', async () => {
      const { admin, ask, said } = await opened({ env: { DISPLAY: undefined } })
      expect(await admin(`/hil/pending/${await ask(1)}/deny`, approver, 'POST')).toMatchObject({ approved: false })
      expect(said()).toBe('')
    })

  it('waits on when the opener fails, which is only logged', async () => {
    const { gateway, ask } = await opened({ ending: 3 })
    const id = await ask(1)
    await gateway.says(/could not be opened.*\n/)
    expect(gateway.stderr()).toContain(`/ui/#/approvals/${id}`)
    expect(await (await fetch(`http://127.0.0.1:${gateway.port}/health`)).json()).toMatchObject({})
  })

  it('waits on when there is no opener', async () => {
    const { gateway, ask } = await opened({ env: { PATH: '/nonexistent' } })
    await ask(1)
    await gateway.says(/could not be opened.*\n/)
    expect(gateway.child.exitCode).toBeNull()
  })
})
