import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openInBrowser } from '../../src/main/commands/browser'

// Windows runs neither this script nor an opener that is looked for in PATH.
describe.skipIf(process.platform === 'win32')('an address that a server named', () => {
  let folder: string
  const opened = () => (existsSync(join(folder, 'opened')) ? readFileSync(join(folder, 'opened'), 'utf8') : '')
  const open = (url: string) => openInBrowser(url, { PATH: `${folder}:${process.env.PATH}`, DISPLAY: ':77' }, 'linux', () => undefined)

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fast-gateway-opener-'))
    writeFileSync(join(folder, 'xdg-open'), `#!/bin/sh\necho "$#" "$1" >> '${folder}/opened'\n`)
    chmodSync(join(folder, 'xdg-open'), 0o755)
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it.each(['https://login.example/a?b=c&d=$(touch%20x);e', 'http://127.0.0.1:8080/auth', 'http://localhost:1/', 'http://[::1]:1/'])(
    'is opened as one argument: %s',
    async (url) => {
      expect(open(url)).toBe(true)
      await expect.poll(opened, { timeout: 10_000 }).toBe(`1 ${url}\n`)
    },
  )

  it.each(['javascript:alert(1)', 'file:///etc/passwd', 'http://example.com/', 'http://localhost.evil.example/', 'ssh://x', '--help', ''])(
    'is not opened: %s',
    (url) => {
      expect(open(url)).toBe(false)
      expect(opened()).toBe('')
    },
  )
})
