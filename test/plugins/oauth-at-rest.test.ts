import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Login } from '../../src/shared/logins'
import { browse, isCallback } from '../support/browser-double'
import { newDataFolder, startDaemon, type DataFolder, type RunningDaemon } from '../support/gateway-daemon'
import { adminToken, approverToken, withTheTest } from '../support/gateway-rig'
import { visit } from '../support/oauth-rig'
import { openOAuthServer } from '../support/oauth-server'
import { openProtectedUpstream } from '../support/oauth-upstream'

const env = { FAST_GATEWAY_ADMIN_TOKEN: adminToken, FAST_GATEWAY_APPROVER_TOKEN: approverToken, FAST_GATEWAY_VAULT: 'file' }

const everything = ({ path }: DataFolder): string =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')

const isReady = (rig: RunningDaemon, id: string) => () => rig.gateway.servers.get(id).state === 'ready'

it('a login outlives the gateway, and nothing of it is in a file, a log, the audit or what is handed to helpers', async () => {
  const as = await openOAuthServer()
  withTheTest(() => as.close())
  const upstream = await openProtectedUpstream(as)
  withTheTest(() => upstream.close())
  const folder = newDataFolder({ port: 0 })
  const first = await startDaemon(folder, { env })
  const { id } = await first.add({ name: 'hosted', url: upstream.url, auth: 'oauth' })
  const login = (await first.admin('POST', `/oauth/${id}/login`)).body as Login
  const door = (await browse(login.authorization_url, isCallback)).url
  await visit(door)
  await first.until(isReady(first, id))
  const [token = ''] = as.issued
  await first.gateway.callTool('hosted_echo', { text: `with ${token} in it` })
  await first.gateway.callTool('hosted_save').catch(() => undefined)
  const told = [JSON.stringify(first.events), (await first.admin('GET', '/diagnostics')).body, await first.audit(), first.lines]
  await first.close()

  const again = await startDaemon(folder, { env })
  await again.until(isReady(again, id))
  expect((await again.gateway.callTool('hosted_echo')).content).toEqual([{ type: 'text', text: 'echo was run' }])
  expect(as.asked).toEqual({ authorization_code: 1 })
  expect((await again.admin('POST', `/oauth/${id}/logout`)).body).toEqual({ was_logged_in: true, revoked: true })
  await again.close()

  expect(as.issued).toHaveLength(2)
  const secrets = [...as.issued, door.searchParams.get('code') ?? '']
  const text = everything(folder) + told.map((each) => JSON.stringify(each)).join('\n')
  for (const secret of secrets) expect([secret.length > 20, text.includes(secret)]).toEqual([true, false])
})
