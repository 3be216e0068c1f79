import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ServerDraft } from '../../src/shared/records'
import { withTheTest, type Ending } from './gateway-rig'
import { npmServer } from './upstream-rig'
import { freePort } from './free-port'

/*
 * Real MCP servers from npm.
 */

export interface Everything {
  readonly url: string
  /** Ends the process without a word and starts it anew on the same port. */
  restart(): Promise<void>
  kill(): Promise<void>
}

/** `@modelcontextprotocol/server-everything` over Streamable HTTP or legacy SSE, as a process of its own. */
export async function openEverything(
  transport: 'streamableHttp' | 'sse' = 'streamableHttp',
  ending: Ending = withTheTest,
): Promise<Everything> {
  const port = await freePort()
  let running = await start(transport, port)
  const kill = async () => running.kill()
  ending(() => running.kill())
  return {
    url: `http://127.0.0.1:${port}/${transport === 'sse' ? 'sse' : 'mcp'}`,
    kill,
    async restart() {
      await kill()
      running = await start(transport, port)
    },
  }
}

async function start(transport: string, port: number): Promise<{ kill(): Promise<void> }> {
  const child = spawn(process.execPath, [npmServer('everything'), transport], {
    env: { PORT: String(port), PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = once(child, 'exit')
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (text: Buffer) => {
      if (/(listening|running) on port/i.test(text.toString())) resolve()
    })
    child.on('exit', () => reject(new Error('server-everything ended before it listened')))
  })
  return {
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** A server from npm as a stdio command. */
export const stdioDraft = (name: string, npmName: string, args: readonly string[] = [], more: Partial<ServerDraft> = {}): ServerDraft => ({
  name,
  command: process.execPath,
  args: [npmServer(npmName), ...args],
  ...more,
})
