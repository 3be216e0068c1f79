import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@playwright/test'
import { cleanEnvironment } from './support/app'
import { askApp, mainPage, openDesktop, type Desktop } from './support/desktop'

let desktop: Desktop

/** Without a token from outside: the app makes its own, and the command line finds it where the app keeps it. */
const env = { FAST_GATEWAY_ADMIN_TOKEN: '' }

test.beforeAll(async () => {
  desktop = await openDesktop({ env })
})

test.afterAll(async () => desktop.close())

async function fastGateway(...args: string[]): Promise<string> {
  const command = [resolve('out/main/cli.js'), ...args, '--config', join(desktop.data, 'gateway.json')]
  const { stdout } = await promisify(execFile)(process.execPath, command, { env: { ...cleanEnvironment(), ...env } })
  return stdout
}

test('shows what the app has', async () => {
  expect(await fastGateway('list')).toContain('demo')
  expect(await fastGateway('info')).toContain(desktop.endpoint)
})

test('calls a tool of the app', async () => {
  expect(await fastGateway('tools', 'call', 'demo_echo', 'message=from the command line')).toContain('from the command line')
})

test('adds a client only once the person at the app has confirmed it', async () => {
  const page = await mainPage(desktop)
  const adding = fastGateway('connect', '--client', 'an-agent-of-the-shell')
  const held = () => askApp<{ id: string; title: string }[]>(page, 'GET', '/changes')
  await expect.poll(async () => (await held()).length, { timeout: 10_000 }).toBe(1)
  const [change] = await held()
  expect(change?.title).toContain('an-agent-of-the-shell')
  await expect.poll(() => desktop.icon.labels()).toContain('Waiting for you (1)')
  await askApp(page, 'POST', `/changes/${change?.id ?? ''}/confirm`)
  expect(await adding).toContain('claude mcp add')
})
