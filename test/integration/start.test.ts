import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { executableName } from '../../scripts/electron-runtime.mjs'

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

  /** As `npm start -- --headless …` runs it, in a home of its own. */
  const start = (...args: string[]) => run(process.execPath, ['scripts/start.mjs', '--headless', ...args])

  function run(command: string, args: readonly string[], more: Readonly<Record<string, string>> = {}): ChildProcess {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('FAST_GATEWAY_')))
    gateway = spawn(command, args, { env: { ...env, ...more, HOME: home, USERPROFILE: home }, stdio: ['ignore', 'pipe', 'pipe'] })
    return gateway
  }

  /** As `npm start -- …` runs it with a display, and with this shell script for an Electron. */
  async function startOn(script: string, ...args: string[]): Promise<ChildProcess> {
    const folder = join(home, 'electron')
    const resources = process.platform === 'darwin' ? 'Electron.app/Contents/Resources' : 'resources'
    const files = { version: '45.0.0', [join(resources, 'default_app.asar')]: '', [executableName()]: `#!/bin/sh\n${script}\n` }
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), content)
    }
    await chmod(join(folder, executableName()), 0o755)
    return run(process.execPath, ['scripts/start.mjs', ...args], { ELECTRON_OVERRIDE_DIST_PATH: folder, DISPLAY: ':1' })
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

  it('says that there is no Electron where one was promised, names the page, and serves', async () => {
    const missing = join(home, 'electron')
    const child = run(process.execPath, ['scripts/start.mjs', '--port', '0'], { ELECTRON_OVERRIDE_DIST_PATH: missing, DISPLAY: ':1' })
    const endpoint = await firstMatch(child, /^MCP endpoint {2}: (\S+)$/)
    expect((await fetch(new URL('/ui/', endpoint))).status).toBe(200)
    child.kill('SIGTERM')
    expect(await said(child)).toContain(`names ${missing}, where there is no ${executableName()}.\nThe gateway runs without its app.`)
  })

  if (process.platform === 'linux') {
    it('says that there is no display, names the page, and serves', async () => {
      const child = run(process.execPath, ['scripts/start.mjs', '--port', '0'], { DISPLAY: '', WAYLAND_DISPLAY: '' })
      await firstMatch(child, /^MCP endpoint {2}: (\S+)$/)
      child.kill('SIGTERM')
      expect(await said(child)).toMatch(/^There is no display: .*\n.*What the app shows is at \/ui\/ of the address below\./)
    })
  }

  // Windows knows neither this shell nor a right to run a file.
  if (process.platform !== 'win32') {
    it("ends when npm's shell does, which keeps a signal to itself", async () => {
      const shell = run('sh', ['-c', '"$NODE" scripts/start.mjs --headless --port 0; exit $?'], {
        NODE: process.execPath,
        npm_lifecycle_event: 'start',
      })
      const endpoint = await firstMatch(shell, /^MCP endpoint {2}: (\S+)$/)
      shell.kill('SIGTERM')
      await expect.poll(() => fetch(new URL('/health', endpoint)).catch(() => 'gone'), { timeout: 15_000 }).toBe('gone')
    })

    it('is the desktop app where there is a display and an Electron, which gets the arguments', async () => {
      const child = await startOn('echo "$@"; exit 7', '--hidden', '--port=1')
      const [out, [code]] = await Promise.all([stdout(child), once(child, 'exit') as Promise<[number | null]>])
      const root = process.platform === 'linux' && process.getuid?.() === 0
      expect(out).toContain(`${[resolve('.'), ...(root ? ['--no-sandbox'] : []), '--hidden', '--port=1'].join(' ')}\n`)
      expect(code).toBe(7)
    })

    it('says why it takes the sandbox from root, and takes it from nobody else', async () => {
      const child = await startOn('exit 0')
      const root = process.platform === 'linux' && process.getuid?.() === 0
      expect((await said(child)).includes('Chromium refuses its sandbox to root')).toBe(root)
    })

    it('ends the app when it is told to end itself', async () => {
      const child = await startOn('trap "echo closed; exit 0" TERM; echo ready; while :; do sleep 0.05; done')
      await firstMatch(child, /^(ready)$/)
      child.kill('SIGTERM')
      expect(((await once(child, 'exit')) as [number | null])[0]).toBe(0)
    })

    it('leaves a command that can be run', async () => {
      expect((await stat('out/main/cli.js')).mode & 0o111).toBe(0o111)
    })
  }
})

const said = (child: ChildProcess) => text(child.stderr ?? Readable.from([]))
const stdout = (child: ChildProcess) => text(child.stdout ?? Readable.from([]))

async function firstMatch(child: ChildProcess, pattern: RegExp): Promise<string> {
  if (!child.stdout) throw new Error('It was started without a pipe.')
  for await (const line of createInterface({ input: child.stdout })) {
    const found = pattern.exec(line)?.[1]
    if (found) return found
  }
  throw new Error(`It ended before it said ${String(pattern)}.`)
}
