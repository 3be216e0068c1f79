import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from '@playwright/test'
import { commandFor, emptyFolder } from './support/app'
import { coloursOf, windowsOf } from './support/packaged'
import { rendererPids } from './support/processes'

test.describe.configure({ mode: 'serial' })

/** Started without Playwright, which holds on to a page that has crashed. */
let app: ChildProcess
let data: Awaited<ReturnType<typeof emptyFolder>>
let said = ''

test.beforeAll(async () => {
  data = await emptyFolder()
  const { executablePath, args, env } = commandFor(data.path)
  app = spawn(executablePath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  app.stderr?.on('data', (text: Buffer) => (said += text.toString()))
})

test.afterAll(async () => {
  const ended = once(app, 'exit')
  app.kill('SIGTERM')
  await ended
  await data.remove()
})

/** How much is to be seen in its window. */
const colours = async () => {
  const [window] = await windowsOf(app)
  return window === undefined ? 0 : coloursOf(window)
}

const timesLoadedAgain = () => said.split('A page of the app is loaded again.').length - 1

for (const times of [1, 2]) {
  test(`paints its window again after the process of its page was killed (${times})`, async () => {
    await expect.poll(colours, { timeout: 20_000 }).toBeGreaterThan(20)
    const [renderer] = rendererPids(data.path)
    if (renderer === undefined) throw new Error('No process paints the window.')
    process.kill(renderer, 'SIGKILL')
    await expect.poll(timesLoadedAgain).toBe(times)
    await expect.poll(() => rendererPids(data.path).some((pid) => pid !== renderer)).toBe(true)
    await expect.poll(colours, { timeout: 20_000 }).toBeGreaterThan(20)
  })
}

test('waits longer every time that a page dies again', () => {
  const waits = [...said.matchAll(/loaded again.*wait_ms=(\d+)/g)].map(([, ms]) => Number(ms))
  expect(waits).toEqual([250, 500])
})

test('goes on as a gateway meanwhile', () => {
  expect(app.exitCode).toBeNull()
  expect(said).not.toContain('did not foresee')
})
