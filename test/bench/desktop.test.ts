import { spawn } from 'node:child_process'
import { afterEach, describe, expect, it } from 'vitest'
import { printed, startNode, stop, type Child } from '../../bench/children.mjs'
import { within } from '../../bench/desktop/apps.mjs'
import { attach } from '../../bench/desktop/debugger.mjs'
import { memoryOf } from '../../bench/desktop/processes.mjs'
import { desktopTargets } from '../../bench/desktop/targets.mjs'
import { rowsOf } from '../../bench/targets.mjs'

const children: Child[] = []
afterEach(async () => void (await Promise.all(children.splice(0).map(stop))))

/** A Node program that holds so many megabytes, and one child that holds as many. */
async function startHolder(megabytes: number) {
  const hold = `globalThis.held = Buffer.alloc(${megabytes} * 2 ** 20, 1)`
  const script = `${hold}; const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(
    `${hold}; console.log('held'); setInterval(() => held, 1000)`,
  )}], { stdio: ['ignore', 'pipe', 'inherit'] }); child.stdout.once('data', () => console.log('held')); process.once('SIGTERM', () => { child.kill('SIGKILL'); process.exit() })`
  const parent = startNode('-e', [script], { probed: false })
  children.push(parent)
  await printed(parent, /held/)
  return parent
}

describe.runIf(process.platform === 'linux')('the memory of an app', () => {
  it('is that of its main process and of all that it started', async () => {
    const { main, app } = memoryOf(Number((await startHolder(64)).pid))
    expect(main).toBeGreaterThan(64)
    expect(app).toBeGreaterThan(main + 64)
    expect(app).toBeLessThan(2 * main + 32)
  })
})

describe('a debugger', () => {
  it('asks a running program, and hears when it was asked something wrong', async () => {
    const child = spawn(process.execPath, ['--inspect=0', '-e', 'setInterval(() => 0, 1000)'], { stdio: ['ignore', 'ignore', 'pipe'] })
    children.push(child)
    let said = ''
    child.stderr.on('data', (text) => void (said += String(text)))
    const address = () => /Debugger listening on (ws:\S+)/.exec(said)?.[1]
    await expect.poll(address).toBeDefined()
    const debugged = await attach(address() ?? '')
    expect(await debugged.evaluate('process.pid')).toBe(child.pid)
    expect(await debugged.evaluate('Promise.resolve({ a: [1] })')).toEqual({ a: [1] })
    await expect(debugged.evaluate('nothing.there')).rejects.toThrow(/nothing\.there: .*ReferenceError/)
    debugged.close()
  })
})

describe('what is waited for', () => {
  it('is handed on, and so is its failure', async () => {
    expect(await within(Promise.resolve(1), 'It')).toBe(1)
    await expect(within(Promise.reject(new Error('no')), 'It')).rejects.toThrow('no')
  })
})

describe('the numbers of the desktop app', () => {
  it('are those that it was promised with, each with one bound', () => {
    const bounds = desktopTargets.filter(({ most, least }) => most !== undefined || least !== undefined)
    expect(bounds.map(({ figure, most, least }) => [figure, most ?? least])).toEqual([
      ...[
        ['tray_vs_empty', 1.7],
        ['window_vs_empty', 2],
        ['main_more_mb', 60],
        ['app_more_mb', 90],
      ],
      ...[
        ['ask_ms', 150],
        ['renderer_mb', 1.2],
        ['loop_delay_ms', 50],
        ['frame_gap_ms', 100],
        ['load_per_second', 195],
      ],
    ])
  })

  it('miss their target beyond it, and fail when they could not be measured', () => {
    const verdicts = rowsOf({ ask_ms: 151, app_more_mb: 90, tray_vs_empty: Number.NaN }, desktopTargets)
    expect(verdicts.map(({ figure, verdict }) => [figure, verdict])).toEqual([
      ['tray_vs_empty', 'FAIL'],
      ['app_more_mb', 'ok'],
      ['ask_ms', 'MISS'],
    ])
  })
})
