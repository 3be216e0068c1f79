import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build } from '../../scripts/build.mjs'

/** What somebody writes who embeds the gateway, with every part of its face that has a type of its own. */
const consumer = `
import { createServer } from 'node:http'
import {
  bundledPlugins, createGateway, createSqliteStore, GatewayError, ServerDraft,
  type CatalogTool, type Gateway, type GatewayEvent, type Hooks, type Plugin, type ToolCall, type Verdict,
} from 'fast-gateway'

const preToolCall = (call: ToolCall): Verdict => {
  const name: string = call.definition.bare_name
  return name === 'time' ? { decision: 'deny', reason: 'No clocks here.' } : { decision: 'continue' }
}
const hooks: Partial<Hooks> = { preToolCall, toolError: (error) => void error.code.length }
const greeting: Plugin = {
  name: 'greeting',
  contribute: (host) => ({
    around: (next) => next,
    tools: [{
      definition: { name: 'greet', description: 'Greets.', inputSchema: { type: 'object' } },
      call: async (_args, context) => ({ content: [{ type: 'text', text: 'hello ' + context.client + ' of ' + host.config().name }] }),
    }],
  }),
}
const gateway: Gateway = createGateway({
  store: createSqliteStore({ file: 'gateway.db' }),
  hooks,
  plugins: [...bundledPlugins(), greeting],
  config: { name: 'Consumer' },
  demo: true,
})
const events: GatewayEvent['event'][] = []
gateway.onEvent((event) => events.push(event.event))
await gateway.ready
// @ts-expect-error the names of servers are text: what is published is typed, not any
ServerDraft.parse({ name: 'files', url: 'http://127.0.0.1:9/mcp' }).name.toFixed()
`
const running = `
const tools: readonly CatalogTool[] = await gateway.listTools()
const client = await gateway.client({ name: 'consumer' })
const greeted = await client.callTool({ name: 'greet' })
const refused = await gateway.callTool('demo_time').catch((error: unknown) => (error instanceof GatewayError ? error.code : 'else'))
const server = createServer(gateway.handler).listen(0, '127.0.0.1', async () => {
  const { port } = server.address() as { port: number }
  const health = await fetch('http://127.0.0.1:' + port + '/health')
  const admin = await gateway.admin(new Request('http://gateway/openapi.json'), 'desktop')
  await client.close()
  await gateway.close()
  server.close()
  console.log(JSON.stringify({ tools: tools.length, greeted: greeted.content, refused, health: health.status, admin: admin.status }))
})
`

let folder: string
let installed: string

/** Packs the product and lays it out as npm would, beside packages that are linked to ours. */
beforeAll(async () => {
  await build(['app', 'types'])
  folder = mkdtempSync(join(tmpdir(), 'fast-gateway-pack-'))
  // Without scripts: packing for real builds anew, under the feet of the tests that run beside this one.
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { shell: process.platform === 'win32' })
  installed = install('typed', ['better-sqlite3', 'zod', 'hono', '@modelcontextprotocol/sdk', '@types/node'])
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function install(name: string, packages: readonly string[]): string {
  const place = join(folder, name)
  const own = join(place, 'node_modules', 'fast-gateway')
  mkdirSync(own, { recursive: true })
  execFileSync('tar', ['-xzf', join('..', '..', '..', `fast-gateway-${version()}.tgz`), '--strip-components', '1'], { cwd: own })
  for (const each of packages) {
    mkdirSync(dirname(join(place, 'node_modules', each)), { recursive: true })
    symlinkSync(resolve('node_modules', each), join(place, 'node_modules', each), 'junction')
  }
  writeFileSync(join(place, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(place, 'consumer.ts'), consumer.replace(/^\/\/ @ts-expect-error.*\n.*\n/m, '') + running)
  return place
}

const version = () => (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version

function run(place: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: place, encoding: 'utf8', timeout: 60_000 })
  return { status, stdout, stderr }
}

describe('the package, installed by a stranger', () => {
  it.each([
    ['node16', 'node16'],
    ['bundler', 'esnext'],
  ])('has types that are whole under moduleResolution %s, strict, with its own declarations checked', (moduleResolution, module) => {
    copyFileSync('examples/embed.ts', join(installed, 'embed.ts'))
    writeFileSync(join(installed, 'typed.ts'), consumer + running)
    const compilerOptions = {
      // The SDK's declarations speak of the DOM's headers.
      ...{ strict: true, skipLibCheck: false, noEmit: true, target: 'es2023', lib: ['es2023', 'dom'], types: ['node'] },
      ...{ module, moduleResolution },
    }
    writeFileSync(join(installed, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.ts', 'embed.ts'] }))
    const checked = run(installed, resolve('node_modules/typescript/bin/tsc'), '-p', '.')
    expect(checked).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  it('runs with nothing beside it but the database driver', () => {
    const place = install('bare', ['better-sqlite3'])
    const ran = run(place, 'consumer.ts')
    expect(ran.stderr).toBe('')
    expect(JSON.parse(ran.stdout)).toEqual({
      tools: 7,
      greeted: [{ type: 'text', text: 'hello consumer of Consumer' }],
      refused: 'tool.denied',
      health: 200,
      admin: 200,
    })
  })

  it('exports what its declarations say, and nothing else', () => {
    const declarations = readFileSync(join(installed, 'node_modules/fast-gateway/out/types/library.d.ts'), 'utf8')
    const declared = [...declarations.matchAll(/^export declare (?:const|function|class) (\w+)/gm)].map(([, name]) => name)
    const ran = run(installed, '--input-type=module', '-e', "console.log(JSON.stringify(Object.keys(await import('fast-gateway'))))")
    expect(declared.length).toBeGreaterThan(10)
    expect((JSON.parse(ran.stdout) as string[]).sort()).toEqual(declared.sort())
  })

  it('says of every export what it is', () => {
    const declarations = readFileSync(join(installed, 'node_modules/fast-gateway/out/types/library.d.ts'), 'utf8')
    const named = /(\*\/\n)?^export (?:declare )?(?:const|function|class|interface|type) (\w+)/gm
    const found = [...declarations.matchAll(named)].map(([, comment, name]) => ({ name, described: comment !== undefined }))
    const names = new Set(found.filter(({ described }) => described).map(({ name }) => name))
    const exported = found.map(({ name }) => name)
    expect(exported.length).toBeGreaterThan(30)
    expect(exported.filter((name) => !names.has(name))).toEqual([])
  })
})
