import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@playwright/test'
import { connectAgent } from './support/agent'
import { askApp, mainPage, openDesktop, type Desktop } from './support/desktop'
import { startServer, type HttpServer } from './support/server'

test.describe.configure({ mode: 'serial' })

let desktop: Desktop
let server: HttpServer

test.beforeAll(async () => {
  server = await startServer(['hello'])
  desktop = await openDesktop()
})

test.afterAll(async () => {
  await desktop.close()
  await server.close()
})

const secret = 'a-secret-of-the-keychain'

test('keeps a secret in the keychain of the system', async () => {
  const page = await mainPage(desktop)
  await askApp(page, 'PUT', '/secrets/HELLO_TOKEN', { value: secret })
  const { vault } = await askApp<{ vault: string }>(page, 'GET', '/status')
  expect(vault).toBe('keychain')
  const { stdout } = await promisify(execFile)('secret-tool', ['search', '--all', 'service', 'fast-gateway'])
  expect(stdout).toContain(secret)
})

test('never gives it back', async () => {
  const page = await mainPage(desktop)
  expect(JSON.stringify(await askApp(page, 'GET', '/secrets'))).not.toContain(secret)
})

test('sends it to the server whose header refers to it', async () => {
  const page = await mainPage(desktop)
  const header = { Authorization: 'Bearer ${keychain:HELLO_TOKEN}' }
  await askApp(page, 'POST', '/servers', { name: 'greeter', url: server.url, static_headers: header })
  const agent = await connectAgent(desktop, 'An agent')
  await expect.poll(() => agent.tools()).toContain('greeter_hello')
  expect((await agent.call('greeter_hello')).text).toBe('hello is done')
  expect(server.lastHeaders().authorization).toBe(`Bearer ${secret}`)
  await agent.close()
})

test('shows the reference where the secret is used, never the secret', async () => {
  const servers = JSON.stringify(await askApp(await mainPage(desktop), 'GET', '/servers'))
  expect(servers).toContain('${keychain:HELLO_TOKEN}')
  expect(servers).not.toContain(secret)
})
