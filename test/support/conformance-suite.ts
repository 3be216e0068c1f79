import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'

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
export const runServerSuite = (url: string): Promise<SuiteRun> => runSuite(['server', '--url', url, '--suite', 'all'])

/** The same with its clients' scenarios: a whole suite, or one. The driver is a program that is given the address of the suite's server. */
export const runClientSuite = (driver: string, ...which: readonly string[]): Promise<SuiteRun> =>
  runSuite(['client', '--command', `"${process.execPath}" "${resolve(driver)}"`, ...which])

async function runSuite(args: readonly string[]): Promise<SuiteRun> {
  const folder = mkdtempSync(join(tmpdir(), 'fast-gateway-conformance-'))
  try {
    const program = join(dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json')), 'dist/index.js')
    const child = spawn(process.execPath, [program, ...args, '-o', folder], { stdio: ['ignore', 'pipe', 'pipe'] })
    const said: Buffer[] = []
    child.stdout.on('data', (text: Buffer) => said.push(text))
    child.stderr.on('data', (text: Buffer) => said.push(text))
    const [exitCode] = (await once(child, 'close')) as [number | null]
    return { exitCode, output: Buffer.concat(said).toString(), checks: readChecks(folder) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Folders are called `server-SCENARIO-TIME`, and for clients `SCENARIO-TIME`, in which a scenario's name may have a slash. */
function readChecks(folder: string): ReadonlyMap<string, readonly Check[]> {
  return new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => basename(name) === 'checks.json')
      .sort()
      .map((name) => {
        const scenario = dirname(name)
          .replace(/^server-/, '')
          .replace(/-\d{4}-\d\d-\d\dT.*$/, '')
        return [scenario, JSON.parse(readFileSync(join(folder, name), 'utf8')) as Check[]]
      }),
  )
}
