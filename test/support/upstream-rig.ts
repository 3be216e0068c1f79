import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ServerRecord } from '../../src/shared/records'
import { aServerRecord } from './records'
import type { Exchange, Handshake, Incoming, Link, LinkEvents, Params, Target } from '../../src/main/gateway/mcp/link'

/** The misbehaving stdio server. */
export const childScript = fileURLToPath(new URL('./upstream-child.mjs', import.meta.url))

/** Where a real upstream server from npm begins. */
export const npmServer = (name: string): string =>
  fileURLToPath(new URL(`../../node_modules/@modelcontextprotocol/server-${name}/dist/index.js`, import.meta.url))

export const handshake: Handshake = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } }

export const target = (given: Partial<Target> = {}): Target => ({
  transport: 'stdio',
  name: 'child',
  url: null,
  headers: {},
  command: process.execPath,
  args: [],
  env: {},
  cwd: null,
  handshakeTimeoutMs: 10_000,
  ...given,
})

export const childTarget = (start = 'well', given: Partial<Target> = {}): Target => target({ args: [childScript, start], ...given })

export const serverRecord = (given: Partial<ServerRecord> = {}): ServerRecord =>
  aServerRecord({
    ...{ id: 's1', name: 'child', transport: 'stdio', url: null, command: process.execPath },
    ...{ args: [childScript, 'well'], timeout_seconds: 10 },
    ...given,
  })

/** Keeps what a link tells its owner and lets a test wait for it. */
export class Ears implements LinkEvents {
  readonly messages: Incoming[] = []
  readonly notes: string[] = []
  readonly closed: string[] = []
  private readonly waiting = new Set<() => void>()

  onMessage(message: Incoming): void {
    this.messages.push(message)
    this.wake()
  }

  onNote(note: string): void {
    this.notes.push(note)
    this.wake()
  }

  onClosed(reason: string): void {
    this.closed.push(reason)
    this.wake()
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise<void>((resolve) => this.waiting.add(resolve))
  }

  private wake(): void {
    for (const resume of this.waiting) resume()
    this.waiting.clear()
  }
}

export const never = new AbortController().signal

/** Calls one tool and gives its parsed result. */
export async function call(
  link: Link,
  name: string,
  args: Params = {},
  exchange: Partial<Exchange> = {},
): Promise<Record<string, unknown>> {
  const reply = await link.request('tools/call', { name, arguments: args }, { timeoutMs: 20_000, progress: false, ...exchange })
  if ('error' in reply) throw new Error(`${reply.error.code}: ${reply.error.message}`)
  return JSON.parse(reply.result.toString()) as Record<string, unknown>
}

/** The text of a tool's first content block. */
export async function callText(link: Link, name: string, args: Params = {}, exchange: Partial<Exchange> = {}): Promise<string> {
  const { content } = (await call(link, name, args, exchange)) as { content: { text: string }[] }
  return content[0]?.text ?? ''
}

/** Whether a process runs; one that has ended and waits to be collected does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
