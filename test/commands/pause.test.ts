import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GatewayStatus } from '../../src/shared/records'
import { built, buildTimeoutMs, newPlace, run, start, type Place } from '../support/cli-runner'
import { adminToken, openRig } from '../support/gateway-rig'

let place: Place
beforeAll(async () => {
  await built()
  place = newPlace()
}, buildTimeoutMs)
afterAll(() => place.remove())

/** A gateway, and how the CLI finds it. */
async function open(holdChanges: boolean) {
  const rig = await openRig({ holdChanges })
  const env = { FAST_GATEWAY_URL: rig.base, FAST_GATEWAY_ADMIN_TOKEN: adminToken }
  const decide = async (what: 'confirm' | 'reject') => {
    await rig.until(() => rig.events.some(({ event }) => event === 'change.held'))
    const id = rig.events.flatMap((each) => (each.event === 'change.held' ? [each.data.change.id] : [])).at(-1)
    const answer = await rig.gateway.admin(new Request(`http://gateway/changes/${id}/${what}`, { method: 'POST' }), 'desktop')
    await answer.body?.cancel()
  }
  return { rig, decide, cli: (...args: string[]) => run(place, args, { env }), begin: (...args: string[]) => start(place, args, { env }) }
}

describe('all calls', () => {
  it('are paused and run again from the command line, and the status tells', async () => {
    const { rig, cli } = await open(false)
    expect(await cli('pause')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^All calls are paused since 2/) as string })
    expect(rig.gateway.status().paused_since).not.toBeNull()
    expect((await cli('info')).stdout).toMatch(/^Calls +: paused since 2.*fast-gateway resume/m)
    expect(await cli('resume')).toMatchObject({ code: 0, stdout: 'Calls run again.\n', stderr: '' })
    expect(rig.gateway.status().paused_since).toBeNull()
  })

  it('are paused and run again with JSON for programs', async () => {
    const { cli } = await open(false)
    const paused = await cli('pause', '--json')
    expect(paused.stderr).toBe('')
    expect((JSON.parse(paused.stdout) as GatewayStatus).paused_since).toMatch(/Z$/)
    expect((JSON.parse((await cli('resume', '--json')).stdout) as GatewayStatus).paused_since).toBeNull()
  })

  it.each(['pause', 'resume'])('have help with examples: %s', async (name) => {
    const { code, stdout } = await run(place, [name, '--help'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(`$ fast-gateway ${name} --json`) as string })
  })
})

describe('while the app runs, a change from the command line', () => {
  it('is made when the person there confirms it; until then the command says what it waits for', async () => {
    const { rig, decide, begin, cli } = await open(true)
    expect((await cli('pause')).code).toBe(0)
    const resuming = begin('resume')
    await resuming.says('Waiting for confirmation in the app… (Ctrl-C withdraws)')
    expect(rig.gateway.status().paused_since).not.toBeNull()
    await decide('confirm')
    expect(await resuming.ended).toMatchObject({ code: 0, stdout: 'Calls run again.\n' })
  })

  it('fails with the reason when the person refuses', async () => {
    const { decide, begin } = await open(true)
    const adding = begin('client', 'add', 'ci', '--json')
    await decide('reject')
    const { code, stdout, stderr } = await adding.ended
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'change.rejected' } })
  })

  it('is withdrawn by Ctrl-C', async () => {
    const { rig, begin } = await open(true)
    const adding = begin('client', 'add', 'ci')
    await adding.says('Waiting for confirmation')
    adding.child.kill('SIGINT')
    await adding.ended
    await rig.until(() => rig.events.some((each) => each.event === 'change.closed' && each.data.outcome === 'withdrawn'))
    expect(rig.gateway.clients.list()).toEqual([])
  })
})
