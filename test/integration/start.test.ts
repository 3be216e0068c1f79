import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

describe('npm start', () => {
  let home: string
  let gateway: ChildProcess | undefined

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'fast-gateway-home-'))
  })
  afterEach(async () => {
    gateway?.kill('SIGKILL')
    await rm(home, { recursive: true, force: true })
  })

  /** As `npm start -- …` runs it, in a home of its own. */
  const start = (...args: string[]) => run(process.execPath, ['scripts/start.mjs', ...args])

  function run(command: string, args: readonly string[], more: Readonly<Record<string, string>> = {}): ChildProcess {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('FAST_GATEWAY_')))
    gateway = spawn(command, args, { env: { ...env, ...more, HOME: home, USERPROFILE: home }, stdio: ['ignore', 'pipe', 'ignore'] })
    return gateway
  }

  it('serves, hands on arguments, and ends in order on SIGTERM', async () => {
    const child = start('--port', '0')
    const endpoint = await firstMatch(child, /^MCP endpoint {2}: (http:\/\/127\.0\.0\.1:\d+\/mcp)$/)
    expect((await fetch(new URL('/health', endpoint))).status).toBe(200)
    const ended = once(child, 'exit') as Promise<[number | null]>
    child.kill('SIGTERM')
    expect((await ended)[0]).toBe(0)
  })

  it("ends with the CLI's own exit code", async () => {
    const [code] = (await once(start('--no-such-option'), 'exit')) as [number | null]
    expect(code).toBe(2)
  })

  // Windows knows neither this shell nor a right to run a file.
  if (process.platform !== 'win32') {
    it("ends when npm's shell does, which keeps a signal to itself", async () => {
      const shell = run('sh', ['-c', '"$NODE" scripts/start.mjs --port 0; exit $?'], {
        NODE: process.execPath,
        npm_lifecycle_event: 'start',
      })
      const endpoint = await firstMatch(shell, /^MCP endpoint {2}: (\S+)$/)
      shell.kill('SIGTERM')
      await expect.poll(() => fetch(new URL('/health', endpoint)).catch(() => 'gone'), { timeout: 15_000 }).toBe('gone')
    })

    it('leaves a command that can be run', async () => {
      expect((await stat('out/main/cli.js')).mode & 0o111).toBe(0o111)
    })
  }
})

async function firstMatch(child: ChildProcess, pattern: RegExp): Promise<string> {
  if (!child.stdout) throw new Error('It was started without a pipe.')
  for await (const line of createInterface({ input: child.stdout })) {
    const found = pattern.exec(line)?.[1]
    if (found) return found
  }
  throw new Error(`It ended before it said ${String(pattern)}.`)
}
