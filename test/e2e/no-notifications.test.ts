import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { connectAgent } from './support/agent'
import { emptyFolder, launchApp, showWindow } from './support/app'
import { isShown, pageOf } from './support/desktop'

test('opens the approval window by itself where the system can show no notification', async () => {
  const data = await emptyFolder()
  await writeFile(join(data.path, 'gateway.json'), JSON.stringify({ port: 7496 }))
  // No session bus: neither notifications nor a panel for the icon, nor a keychain.
  const app = await launchApp(data.path, { env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' } })
  const desktop = { app, endpoint: 'http://127.0.0.1:7496/mcp' }
  await expect.poll(() => showWindow(app), { timeout: 20_000 }).toBe(true)
  const agent = await connectAgent(desktop, 'Claude Code')
  const answer = agent.call('demo_delete_note', { id: 1 })
  await expect.poll(() => isShown(desktop, 'approval')).toBe(true)
  const page = await pageOf(desktop, 'approval')
  await page.getByRole('button', { name: 'Deny', exact: true }).click()
  expect((await answer).isError).toBe(true)
  await agent.close()
  const child = app.process()
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
  await data.remove()
})
