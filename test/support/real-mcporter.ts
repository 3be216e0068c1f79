import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bearer } from './gateway-http'
import type { Place } from './cli-runner'

const cli = fileURLToPath(new URL('cli.js', import.meta.resolve('mcporter')))

/** What mcporter said, and how it ended. */
export interface Said {
  readonly code: number | null
  readonly text: string
}

/** mcporter, an MCP client for the command line, that knows one server: `gw`. */
export function mcporter({ folder }: Place, endpoint: string, token: string): (...args: readonly string[]) => Promise<Said> {
  const config = join(folder, 'mcporter.json')
  writeFileSync(config, JSON.stringify({ mcpServers: { gw: { baseUrl: endpoint, headers: bearer(token) } } }))
  return async (...args) => {
    const child = spawn(process.execPath, [cli, '--config', config, ...args], {
      env: { PATH: process.env.PATH, HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, text }
  }
}
