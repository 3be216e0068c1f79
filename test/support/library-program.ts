import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

/** A program that runs as a process of its own, with what it has said so far. */
export interface Program {
  /** Resolves with the first group of the first match in what it says on standard output; rejects when it ends before. */
  says(words: RegExp): Promise<string>
  type(line: string): void
  /** Asks it to end. @returns its exit code */
  stop(): Promise<number | null>
  /** Ends it without asking, if it still runs. */
  close(): Promise<void>
}

/** Runs a script with this Node; what is set in our own environment for gateways has no say. */
export function runProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = process.cwd()): Program {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(FAST_GATEWAY_|GITHUB_|PORT$|NODE_OPTIONS$|VITEST)/.test(name))
  const child = spawn(process.execPath, args, { cwd, env: { ...Object.fromEntries(inherited), ...env }, stdio: 'pipe' })
  const exited = once(child, 'exit') as Promise<[number | null]>
  const said = { output: '', errors: '' }
  child.stdout.on('data', (text: Buffer) => (said.output += text.toString()))
  child.stderr.on('data', (text: Buffer) => (said.errors += text.toString()))
  return {
    says: (words) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = words.exec(said.output)
          if (found) resolve(found[1] ?? found[0])
        }
        child.stdout.on('data', look)
        child.once('exit', () => reject(new Error(`It ended before it said ${words}:\n${said.output}${said.errors}`)))
        look()
      }),
    type: (line) => void child.stdin.write(`${line}\n`),
    async stop() {
      child.kill('SIGTERM')
      return (await exited)[0]
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** The SDK's own client at an endpoint. */
export async function connectAgent(endpoint: string, token: string): Promise<Client> {
  const client = new Client({ name: 'agent', version: '1' })
  const headers = { authorization: `Bearer ${token}` }
  await client.connect(new StreamableHTTPClientTransport(new URL(endpoint), { requestInit: { headers } }))
  return client
}

/** The words of a tool's answer. */
export const textOf = (result: Readonly<Record<string, unknown>>): string =>
  (result.content as readonly { readonly text: string }[]).map(({ text }) => text).join('\n')
