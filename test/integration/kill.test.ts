import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import type { AuditEntry, AuditPage } from '../../src/shared/records'
import { newPlace, start, type Place } from '../support/cli-runner'
import { freePort } from '../support/gateway-daemon'
import { openRawSession, rawSession, type RawSession } from '../support/gateway-http'
import { adminToken, askAdmin, withTheTest } from '../support/gateway-rig'

/*
 * `fast-gateway serve` as it is built, killed without a word in the middle of its work.
 */

const env = { FAST_GATEWAY_ADMIN_TOKEN: adminToken }

async function placeOf(): Promise<Place & { readonly port: number }> {
  const port = await freePort()
  const place = newPlace({ port, mcp_auth: 'none' })
  withTheTest(async () => place.remove())
  return { ...place, port }
}

async function serve(place: Place) {
  const running = start(place, ['serve', '--config', place.config], { env })
  withTheTest(async () => {
    running.child.kill('SIGKILL')
    await running.ended
  })
  await running.says(/Config {8}: /)
  const base = /http:\/\/127\.0\.0\.1:\d+/.exec(running.stdout())?.[0] ?? ''
  return { ...running, endpoint: `${base}/mcp`, admin: askAdmin(`${base}/admin`) }
}
type Served = Awaited<ReturnType<typeof serve>>

async function kill({ child, ended }: Served): Promise<void> {
  child.kill('SIGKILL')
  await ended
}

async function everyRow(admin: Served['admin']): Promise<AuditEntry[]> {
  const rows: AuditEntry[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: AuditPage = (await admin('GET', `/audit?limit=1000${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`))
      .body as AuditPage
    rows.push(...page.entries)
    cursor = page.next_cursor
  }
  return rows
}

/** Calls one after the other until the gateway is gone. @returns what was answered */
async function callOn(session: RawSession, name: string, answered: string[]): Promise<void> {
  for (let n = 0; ; n++) {
    const message = `${name}-${n}`
    const { result } = await session.call('demo_echo', { message })
    if (result?.isError !== true) answered.push(message)
  }
}

const integrityOf = (file: string): unknown => {
  const database = new Database(file, { readonly: true })
  try {
    return database.pragma('integrity_check')
  } finally {
    database.close()
  }
}

describe('a daemon that is killed', () => {
  it('under load has written down every call that it answered, and its files are whole', async () => {
    const place = await placeOf()
    const first = await serve(place)
    const sessions = await Promise.all(Array.from({ length: 8 }, () => openRawSession(first.endpoint)))
    const answered: string[] = []
    const calling = sessions.map((session, at) => callOn(session, `client${at}`, answered).catch(() => undefined))
    await expect.poll(() => answered.length, { timeout: 20_000 }).toBeGreaterThan(500)
    await kill(first)
    await Promise.all(calling)

    for (const name of ['gateway.db', 'gateway.audit.db'])
      expect(integrityOf(join(place.folder, name)), name).toEqual([{ integrity_check: 'ok' }])
    const second = await serve(place)
    const rows = await everyRow(second.admin)
    const written = new Map(rows.map((row) => [(JSON.parse(row.arguments) as { message: string }).message, row]))
    expect(answered.filter((message) => written.get(message)?.outcome !== 'ok')).toEqual([])
    expect(rows.filter(({ outcome }) => outcome !== 'ok' && outcome !== 'interrupted')).toEqual([])
    expect(rows.length).toBeLessThanOrEqual(answered.length + sessions.length)
  })

  it('keeps its sessions, servers, groups and clients, and what each was told is still so', async () => {
    const place = await placeOf()
    const first = await serve(place)
    const { id } = await openRawSession(first.endpoint)
    const created: string[] = []
    for (let n = 0; n < 20; n++) {
      const server = (await first.admin('POST', '/servers', { name: `s${n}`, url: 'http://127.0.0.1:9/mcp' })) as {
        status: number
        body: { id: string }
      }
      await first.admin('POST', '/groups', { name: `g${n}`, member_server_ids: [server.body.id] })
      await first.admin('POST', '/clients', { name: `c${n}` })
      created.push(server.body.id)
    }
    await kill(first)
    const second = await serve(place)
    const names = async (path: string) =>
      ((await second.admin('GET', path)).body as { name: string }[]).map(({ name }) => name).filter((name) => name !== 'demo')
    const numbered = (letter: string) => Array.from({ length: 20 }, (_each, n) => `${letter}${n}`).sort()
    expect((await names('/servers')).sort()).toEqual(numbered('s'))
    expect((await names('/groups')).sort()).toEqual(numbered('g'))
    expect((await names('/clients')).sort()).toEqual(numbered('c'))
    expect((await rawSession(second.endpoint, id).call('demo_echo', { message: 'still me' })).result).toMatchObject({
      content: [{ text: 'still me' }],
    })
  })

  it('leaves its folder to the next one, while a living one does not', async () => {
    const place = await placeOf()
    const first = await serve(place)
    const second = start(place, ['serve', '--config', place.config, '--port', '0'], { env })
    const { code, stderr } = await second.ended
    expect(code).toBe(1)
    expect(stderr).toMatch(/another|already|in use/i)
    expect((await first.admin('GET', '/status')).status).toBe(200)
    await kill(first)
    const third = await serve(place)
    expect((await third.admin('GET', '/status')).status).toBe(200)
  })
})
