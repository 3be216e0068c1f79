import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { commandFor, emptyFolder } from './support/app'
import { windowsOf } from './support/packaged'
import { press } from './support/processes'

/** Started as a person does: nothing is attached, and its dialogs are the system's. */
function start(data: string, env: Record<string, string> = {}) {
  const { executablePath, args, env: own } = commandFor(data, { args: ['--hidden'], env })
  const app = spawn(executablePath, args, { env: own, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  app.stderr.on('data', (text: Buffer) => (said += text.toString()))
  return { app, said: () => said }
}

async function end(app: ChildProcess): Promise<void> {
  const ended = once(app, 'exit')
  app.kill('SIGTERM')
  await ended
}

const isHealthy = (port: number) =>
  fetch(`http://127.0.0.1:${port}/health`).then(
    ({ ok }) => ok,
    () => false,
  )

/** The app, whose port another program has; it asks what to do. */
async function startOnTakenPort() {
  const other = createServer()
  await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening))
  const { port } = other.address() as AddressInfo
  const data = await emptyFolder()
  await writeFile(join(data.path, 'gateway.json'), JSON.stringify({ port }))
  const { app, said } = start(data.path)
  await expect.poll(async () => (await windowsOf(app)).length, { timeout: 20_000 }).toBe(1)
  return { other, port, data, app, said }
}

test('asks what to do when another program has its port, and keeps the other port that is chosen', async () => {
  const { other, port, data, app, said } = await startOnTakenPort()
  expect(said()).toContain(`Port ${port} is in use`)
  await press(app, 'Return') // the first button: another port
  const keptPort = async () => (JSON.parse(await readFile(join(data.path, 'gateway.json'), 'utf8')) as { port: number }).port
  await expect.poll(keptPort, { timeout: 20_000 }).not.toBe(port)
  expect(await isHealthy(await keptPort())).toBe(true)
  await end(app)
  await new Promise((closed) => other.close(closed))
  await data.remove()
})

test('shows its window once it stands to whoever started it again meanwhile', async () => {
  const { other, data, app, said } = await startOnTakenPort()
  const question = await windowsOf(app)
  const { executablePath, args, env } = commandFor(data.path)
  const again = spawn(executablePath, args, { env, stdio: 'ignore' })
  expect(((await once(again, 'exit')) as [number | null])[0]).toBe(0)
  await press(app, 'Return')
  const others = async () => (await windowsOf(app)).filter((window) => !question.includes(window))
  await expect.poll(async () => (await others()).length, { timeout: 20_000, message: said() }).toBe(1)
  await end(app)
  await new Promise((closed) => other.close(closed))
  await data.remove()
})

test('says why it cannot start, and ends when the person gives up', async () => {
  const data = await emptyFolder()
  const { app, said } = start(data.path, { FAST_GATEWAY_CONFIG: '/nowhere/gateway.json' })
  await expect.poll(async () => (await windowsOf(app)).length, { timeout: 20_000 }).toBe(1)
  const ended = once(app, 'exit') as Promise<[number | null]>
  await press(app, 'Escape')
  const given = Date.now()
  expect((await ended)[0]).toBe(1)
  expect(Date.now() - given).toBeLessThan(5000)
  expect(said()).toContain('$FAST_GATEWAY_CONFIG names /nowhere/gateway.json, which is no file')
  await data.remove()
})

test('starts with the config that it is told, as the command line does', async () => {
  const data = await emptyFolder()
  const config = join(data.path, 'elsewhere.json')
  await writeFile(config, JSON.stringify({ name: 'A gateway elsewhere', port: 7497 }))
  const { app } = start(data.path, { FAST_GATEWAY_CONFIG: config })
  await expect.poll(() => isHealthy(7497), { timeout: 20_000 }).toBe(true)
  await end(app)
  await data.remove()
})

test('closes its gateway in order when a signal ends it', async () => {
  const data = await emptyFolder()
  await writeFile(join(data.path, 'gateway.json'), JSON.stringify({ port: 7498 }))
  const { app, said } = start(data.path)
  await expect.poll(() => isHealthy(7498), { timeout: 20_000 }).toBe(true)
  const ended = once(app, 'exit') as Promise<[number | null]>
  app.kill('SIGTERM')
  expect((await ended)[0], said()).toBe(0)
  expect(said()).not.toContain('Z ERROR ')
  expect(await isHealthy(7498)).toBe(false)
  await data.remove()
})
