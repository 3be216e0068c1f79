import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** One check of the suite, as it writes it down. */
export interface Check {
  readonly id: string
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO'
  readonly errorMessage?: string
  readonly details?: Readonly<Record<string, unknown>>
}

export interface SuiteRun {
  readonly exitCode: number | null
  readonly output: string
  /** By scenario. */
  readonly checks: ReadonlyMap<string, readonly Check[]>
}

/** `@modelcontextprotocol/conformance server --suite all`, unmodified, as a program of its own. */
export async function runServerSuite(url: string): Promise<SuiteRun> {
  const folder = mkdtempSync(join(tmpdir(), 'fast-gateway-conformance-'))
  try {
    const program = join(dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json')), 'dist/index.js')
    const child = spawn(process.execPath, [program, 'server', '--url', url, '--suite', 'all', '-o', folder], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const said: Buffer[] = []
    child.stdout.on('data', (text: Buffer) => said.push(text))
    child.stderr.on('data', (text: Buffer) => said.push(text))
    const [exitCode] = (await once(child, 'close')) as [number | null]
    return { exitCode, output: Buffer.concat(said).toString(), checks: readChecks(folder) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Folders are called `server-SCENARIO-TIME`. */
function readChecks(folder: string): ReadonlyMap<string, readonly Check[]> {
  return new Map(
    readdirSync(folder)
      .sort()
      .map((name) => {
        const scenario = name.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT.*$/, '')
        return [scenario, JSON.parse(readFileSync(join(folder, name, 'checks.json'), 'utf8')) as Check[]]
      }),
  )
}
