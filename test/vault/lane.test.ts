import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { createLane, TooLate } from '../../src/main/vault/lane'

it('runs one thing at a time, in the order in which they came, and goes on after a failure', async () => {
  const lane = createLane(10_000)
  const seen: string[] = []
  const step = (name: string) => async () => {
    seen.push(`${name} begins`)
    await Promise.resolve()
    seen.push(`${name} ends`)
    if (name === 'b') throw new Error('b failed')
    return name
  }
  const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((name) => lane(step(name))))
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
})

it('gives up what takes too long, refuses the next at once, and is free again when it has ended', async () => {
  const lane = createLane(20)
  let end: () => void = () => undefined
  const long = lane(() => new Promise<void>((done) => (end = done)))
  await expect(long).rejects.toThrow(TooLate)
  await expect(lane(() => Promise.resolve('next'))).rejects.toThrow(TooLate)
  end()
  await expect.poll(() => lane(() => Promise.resolve('next')).catch(() => 'refused')).toBe('next')
})

/** Opening a pipe that nobody writes to waits in a native call, as a keychain does that waits for a password. */
it.runIf(process.platform !== 'win32')('lets the process end while a native call still waits', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fast-gateway-lane-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const pipe = join(folder, 'pipe')
  expect(spawnSync('mkfifo', [pipe]).status).toBe(0)
  const program = `
    import { open } from 'node:fs/promises'
    import { createLane } from ${JSON.stringify(pathToFileURL(resolve('src/main/vault/lane.ts')).href)}
    await createLane(20)(() => open(${JSON.stringify(pipe)})).catch(() => process.stdout.write('given up'))
    process.exit(0)`
  const { stdout, error } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', timeout: 15_000 })
  expect([stdout, error]).toEqual(['given up', undefined])
})
