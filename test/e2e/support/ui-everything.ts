import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePort } from '../../support/free-port'

const modules = join(import.meta.dirname, '../../../node_modules/@modelcontextprotocol')

/** The program of a real MCP server from npm. */
export const npmServer = (name: string): string => join(modules, `server-${name}/dist/index.js`)

/** `@modelcontextprotocol/server-everything` over Streamable HTTP, as a process of its own. */
export async function startEverything(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const port = await freePort()
  const child = spawn(process.execPath, [npmServer('everything'), 'streamableHttp'], {
    env: { PORT: String(port), PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = once(child, 'exit')
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (text: Buffer) => /(listening|running) on port/i.test(text.toString()) && resolve())
    child.once('exit', () => reject(new Error('server-everything ended before it listened.')))
  })
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    async stop() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
