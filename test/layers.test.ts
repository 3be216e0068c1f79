import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** A house where every rule is broken once: the file, what it says, and the rule that must object. */
const wrong: readonly (readonly [file: string, text: string, rule: string])[] = [
  ['src/shared/reads-files.ts', `import 'node:fs'`, 'shared'],
  ['src/shared/knows-gateway.ts', `import type { A } from '../main/gateway/a'`, 'shared'],
  ['src/main/gateway/uses-plugin.ts', `import '../plugins/one'`, 'gateway'],
  ['src/main/gateway/uses-vault-type.ts', `import type { B } from '../vault/b'`, 'gateway'],
  ['src/main/gateway/uses-react.ts', `import 'react'`, 'gateway'],
  ['src/main/gateway/uses-electron.ts', `import { app } from 'electron'`, 'electron-only-in-desktop'],
  ['src/main/gateway/reaches-electron.ts', `import './uses-electron'`, 'core-is-electron-free'],
  ['src/main/gateway/reaches-desktop.ts', `import './uses-desktop'`, 'core-knows-no-desktop'],
  ['src/main/gateway/uses-desktop.ts', `import '../desktop/tray'`, 'core-knows-no-desktop'],
  ['src/main/gateway/uses-sdk.ts', `import '@modelcontextprotocol/sdk/client/index.js'`, 'sdk-only-in-sdk'],
  ['src/main/gateway/uses-undici.ts', `import 'undici'`, 'undici-only-in-mcp'],
  ['src/main/gateway/uses-hono.ts', `import 'hono'`, 'hono-only-in-http-and-admin'],
  ['src/main/gateway/uses-picomatch.ts', `import 'picomatch'`, 'picomatch-only-in-access'],
  ['src/main/gateway/uses-sqlite.ts', `import 'better-sqlite3'`, 'sqlite-only-in-store'],
  ['src/main/gateway/cycle-a.ts', `import './cycle-b'`, 'no-cycles'],
  ['src/main/gateway/leads-nowhere.ts', `import './nowhere'`, 'nothing-unresolvable'],
  ['src/main/plugins/two.ts', `import './one'`, 'plugins-are-strangers'],
  ['src/main/plugins/uses-gateway.ts', `import '../gateway/a'`, 'plugins'],
  ['src/main/plugins/uses-store.ts', `import { S } from '../gateway/store/store'`, 'plugins'],
  ['src/main/vault/uses-secrets.ts', `import { V } from '../gateway/secrets'`, 'vault'],
  ['src/main/desktop/makes-gateway.ts', `import { A } from '../gateway/a'`, 'desktop'],
  ['src/main/desktop/uses-plugin.ts', `import '../plugins/one'`, 'desktop'],
  ['src/main/commands/uses-store.ts', `import '../gateway/store/store'`, 'commands'],
  ['src/main/daemon.ts', `import './gateway/mcp/relay'`, 'daemon'],
  ['src/main/cli.ts', `import './gateway/a'`, 'cli-entry'],
  ['src/main/library.ts', `import './commands/serve'`, 'library-entry'],
  ['src/main/index.ts', `import './gateway/a'`, 'desktop-entry'],
  ['src/preload/index.ts', `import { bridge } from '../shared/bridge'`, 'preload'],
  ['src/renderer/reads-files.ts', `import 'node:fs'`, 'renderer'],
  ['src/renderer/uses-admin.ts', `import { A } from '../main/gateway/admin/routes'`, 'renderer'],
]

/** What is there to be imported, and what is allowed though it looks alike. */
const right: readonly (readonly [file: string, text: string])[] = [
  ['src/shared/bridge.ts', `import { z } from 'zod'\nexport const bridge = z`],
  ['src/main/gateway/a.ts', `import type { Client } from '@modelcontextprotocol/sdk/client/index.js'\nexport type A = Client`],
  ['src/main/gateway/cycle-b.ts', `import './cycle-a'`],
  ['src/main/gateway/secrets.ts', `export type V = 1\nexport const V = 1`],
  ['src/main/gateway/store/store.ts', `import 'better-sqlite3'\nexport const S = 1`],
  ['src/main/gateway/mcp/sdk.ts', `import '@modelcontextprotocol/sdk/client/index.js'`],
  ['src/main/gateway/mcp/relay.ts', `import 'undici'`],
  ['src/main/gateway/admin/routes.ts', `import 'hono'\nexport const A = 1`],
  ['src/main/plugins/one.ts', `import type { S } from '../gateway/store/store'\nexport type One = typeof S`],
  ['src/main/plugins/index.ts', `import './one'\nimport './two'`],
  ['src/main/vault/b.ts', `import type { V } from '../gateway/secrets'\nexport type B = V`],
  [
    'src/main/desktop/tray.ts',
    `import { app } from 'electron'\nimport type { A } from '../gateway/a'\nexport const tray = (a: A) => [app, a]`,
  ],
  ['src/main/commands/serve.ts', `import type { A } from '../gateway/admin/routes'\nexport type Api = typeof A`],
  ['src/renderer/gateway.ts', `import type { A } from '../main/gateway/admin/routes'\nexport type Api = typeof A`],
]

const rules = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as { forbidden: readonly { name: string }[] }

interface Violation {
  readonly rule: { readonly name: string }
  readonly from: string
}

describe('the rules of who may import whom', () => {
  let folder: string
  let violations: readonly Violation[]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fast-gateway-layers-'))
    for (const [file, text] of [...wrong, ...right]) {
      await mkdir(join(folder, dirname(file)), { recursive: true })
      await writeFile(join(folder, file), `${text}\n`)
    }
    await symlink(resolve('node_modules'), join(folder, 'node_modules'), 'junction')
    await writeFile(join(folder, 'tsconfig.json'), '{}')
    violations = await cruise(folder)
  }, 60_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('are each broken below', () => {
    const names = rules.forbidden.map(({ name }) => name.replace(/-types$/, ''))
    expect(new Set(wrong.map(([, , rule]) => rule))).toEqual(new Set(names))
  })

  it.each(wrong)('object to %s (%s) by %s', (file, _text, rule) => {
    expect(violations.filter(({ from }) => from === file).map((violation) => violation.rule.name.replace(/-types$/, ''))).toContain(rule)
  })

  it.each(right.filter(([file]) => !file.includes('cycle')))('let %s be', (file) => {
    expect(violations.filter(({ from }) => from === file)).toEqual([])
  })
})

function cruise(folder: string): Promise<readonly Violation[]> {
  const args = [
    resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
    '--config',
    resolve('.dependency-cruiser.cjs'),
    '-T',
    'json',
    'src',
  ]
  return new Promise((done) => {
    // It exits with the number of violations, of which there are many: only what it says counts.
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 64 << 20 }, (_error, stdout) => {
      done((JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations)
    })
  })
}
