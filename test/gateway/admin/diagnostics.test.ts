import { homedir } from 'node:os'
import { expect, it } from 'vitest'
import { createAdmin } from '../../../src/main/gateway/admin'
import { configFromValues } from '../../../src/main/gateway/config-file'
import { keepLines, mostLines, silentLog } from '../../../src/main/gateway/log'
import { adminParts, askAs, listedServers, serverView, statusNow } from '../../support/admin-doubles'

/** Whatever must not be found. */
const secrets = {
  admin: 'fgw_adm_0123456789abcdefghij',
  header: 'plain-words-of-a-header',
  variable: 'correct horse battery',
  flag: 'value-after-a-flag',
  joined: 'value-in-a-flag',
  path: 's3cr3tPathOfAService',
  password: 'hunter2hunter2',
  token: 'ghp_0123456789abcdefghijABCDEFGHIJ',
}

async function bundle() {
  const { log, lines } = keepLines(silentLog)
  log.error(`Could not read ${homedir()}/notes.txt`, { password: secrets.password, url: `https://me:${secrets.password}@host/` })
  log.info('It asked with a token.', { header: `Bearer ${secrets.token}` })
  const remote = {
    ...serverView('a1', 'remote'),
    url: `https://me:${secrets.password}@mcp.example.com/s/${secrets.path}/mcp?key=${secrets.path}`,
    static_headers: { 'x-team': secrets.header },
    state_reason: `It refused Bearer ${secrets.token}.`,
  }
  const local = {
    ...serverView('b1', 'local'),
    ...({ transport: 'stdio', url: null, command: '/home/someone/bin/server', cwd: homedir() } as const),
    args: ['--api-key', secrets.flag, `--token=${secrets.joined}`, '--root', `${homedir()}/projects`, '--password', '${keychain:PG}'],
    env: { FAVOURITE: secrets.variable },
    trusted_command: { command: 'server', args: [secrets.flag], env: { FAVOURITE: secrets.variable }, cwd: null },
  }
  const config = configFromValues({ admin_token: secrets.admin, policy: { deny: ['remote_*'], audit: true, rules: [], default: 'allow' } })
  const status = () => ({ ...statusNow, config_file: `${homedir()}/.fast-gateway/gateway.json` })
  const { parts } = adminParts({ servers: listedServers(remote, local), config, status, logLines: lines })
  const ask = askAs(createAdmin(parts), 'admin')
  const answer = await ask('GET', '/diagnostics')
  return {
    text: await answer.clone().text(),
    body: await answer.json(),
    answer,
    approver: askAs(createAdmin(parts), 'approver'),
  }
}

it('tells versions, state, settings, policy, servers and the log', async () => {
  const { body, answer } = await bundle()
  expect(answer.headers.get('content-disposition')).toContain('fast-gateway-diagnostics.json')
  expect(body).toMatchObject({
    runtime: { platform: process.platform, node: process.versions.node },
    status: { version: '1.2.3', config_file: '~/.fast-gateway/gateway.json' },
    settings: { port: 7411 },
    policy: { deny: ['remote_*'] },
    servers: [
      { name: 'remote', origin: 'https://mcp.example.com', headers: ['x-team'], login: 'none' },
      {
        ...{ name: 'local', origin: null, variables: ['FAVOURITE'], command: '/home/user/bin/server' },
        args: ['--api-key', '[redacted]', '--token=[redacted]', '--root', '~/projects', '--password', '${keychain:PG}'],
      },
    ],
    log: [expect.stringContaining('Could not read ~/notes.txt'), expect.stringContaining('It asked with a token.')],
  })
})

it.each(Object.entries(secrets))('holds no secret: %s', async (_what, secret) => {
  expect((await bundle()).text).not.toContain(secret)
})

it('does not say whose it is', async () => {
  const { text } = await bundle()
  expect(text).not.toContain(homedir())
  expect(text).not.toContain('someone')
})

it('is for the owner only', async () => {
  expect((await (await bundle()).approver('GET', '/diagnostics')).status).toBe(403)
})

it('keeps the newest lines of the log', () => {
  const { log, lines } = keepLines(silentLog)
  log.debug('never kept')
  for (let n = 0; n <= mostLines; n++) log.warn(`line ${n}`)
  expect([lines().length, lines()[0], lines().at(-1)]).toEqual([
    mostLines,
    expect.stringContaining('line 1'),
    expect.stringContaining(`line ${mostLines}`),
  ])
})
