import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { createAdmin } from '../../../src/main/gateway/admin'
import type { ConfigSource } from '../../../src/main/gateway/config'
import { openConfigFile } from '../../../src/main/gateway/config-file'
import { silentLog } from '../../../src/main/gateway/log'
import { adminParts, askAs, statusNow } from '../../support/admin-doubles'
import { storeFolder } from '../../support/store-folder'

const opened: ConfigSource[] = []
afterEach(() => {
  for (const source of opened.splice(0)) source.close()
})

/** The admin API of a gateway that listens on 7411, over a config file. */
function overFile(values: object) {
  const folder = storeFolder()
  const file = join(folder, 'gateway.json')
  writeFileSync(file, `${JSON.stringify(values, null, 4)}\n`)
  const config = openConfigFile(file, silentLog)
  opened.push(config)
  const status = () => ({ ...statusNow, endpoint: 'http://127.0.0.1:7411/mcp' })
  const admin = createAdmin(adminParts({ config, status }).parts)
  return { file, folder, config, ask: askAs(admin, 'admin'), written: () => readFileSync(file, 'utf8') }
}

it('shows what is set, with the defaults of what is not', async () => {
  const { ask, file, folder } = overFile({ name: 'Mine', hil: { timeout_seconds: 60 } })
  expect(await (await ask('GET', '/settings')).json()).toEqual({
    settings: {
      name: 'Mine',
      port: 7411,
      list_mode: 'all',
      hil_timeout_seconds: 60,
      hil_ticket_seconds: 900,
      audit_retention_days: 90,
    },
    pending_restart: [],
    config_file: file,
    data_folder: folder,
  })
})

it('writes what changes into the file, keeps the rest of it, and takes it into force', async () => {
  const { ask, config, written } = overFile({ policy: { deny: ['a_*'] }, name: 'Mine', hil: { auto_open_browser: false } })
  const answer = await ask('PATCH', '/settings', { list_mode: 'meta', hil_timeout_seconds: 30, audit_retention_days: null })
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({ settings: { list_mode: 'meta', hil_timeout_seconds: 30, audit_retention_days: null } })
  expect(JSON.parse(written())).toMatchObject({
    policy: { deny: ['a_*'] },
    name: 'Mine',
    list_mode: 'meta',
    hil: { auto_open_browser: false, timeout_seconds: 30 },
    audit: { retention_days: null, max_mb: 1024 },
  })
  expect(written()).toMatch(/^\{\n {4}"policy"/)
  expect(config.current()).toMatchObject({ list_mode: 'meta', hil: { timeout_seconds: 30, auto_open_browser: false } })
})

it('does not write sections in which nothing changes', async () => {
  const { ask, written } = overFile({})
  await ask('PATCH', '/settings', { name: 'Ours' })
  expect(JSON.parse(written())).toEqual({ name: 'Ours' })
})

it('says that a new port waits for the next start', async () => {
  const { ask } = overFile({})
  expect(await (await ask('PATCH', '/settings', { port: 8000 })).json()).toMatchObject({
    settings: { port: 8000 },
    pending_restart: ['port'],
  })
  expect(await (await ask('PATCH', '/settings', { port: 7411 })).json()).toMatchObject({ pending_restart: [] })
})

it.each([{ port: 70_000 }, { name: '' }, { admin_token: 'x' }, { hil_timeout_seconds: 0 }])(
  'refuses %j and writes nothing',
  async (patch) => {
    const { ask, written } = overFile({})
    const before = written()
    expect((await ask('PATCH', '/settings', patch)).status).toBe(422)
    expect(written()).toBe(before)
  },
)

it('does not write into a file that cannot be read', async () => {
  const { ask, file, written } = overFile({})
  writeFileSync(file, '{ "name": ')
  expect(await (await ask('PATCH', '/settings', { name: 'Ours' })).json()).toMatchObject({ code: 'config.invalid' })
  expect(written()).toBe('{ "name": ')
})
