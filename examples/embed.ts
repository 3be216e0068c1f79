/*
 * Mode A: the gateway inside a program of your own. Governance is code, in your process, behind your routes.
 *
 *   node examples/embed.ts        (Node 24; build the package first: npm run build)
 *
 * Then point an agent at the endpoint that it prints, and ask it to delete note 2.
 */
import { createServer } from 'node:http'
import { createInterface } from 'node:readline/promises'
import { createGateway, createMemoryStore, type HookOptions, type Plugin } from 'fast-gateway'

const terminal = createInterface({ input: process.stdin, output: process.stdout })
let lastAnswer: Promise<unknown> = Promise.resolve()

const hooks: HookOptions = {
  /** Credentials come from your environment when a connection is opened; the registry never sees them. */
  preMcpConnect: (server) => (server.name === 'github' ? { headers: { Authorization: `Bearer ${process.env.GITHUB_TOKEN}` } } : undefined),

  /** The first `deny` ends the call; any `confirm` asks a person, once. */
  preToolCall(call) {
    if (/password/i.test(JSON.stringify(call.arguments))) return { decision: 'deny', reason: 'Passwords do not belong in tools.' }
    if (call.definition.annotations?.destructiveHint === true) return { decision: 'confirm', reason: 'This deletes something.' }
    return { decision: 'continue' }
  },

  /** One question at a time; whatever is not a clear yes is a no. Who gives up waiting withdraws the question. */
  confirmation(call, reason) {
    const question = `${reason} ${call.exposedName} ${JSON.stringify(call.arguments)} [y/N] `
    const ask = async () => (await terminal.question(question, { signal: call.signal })).trim().toLowerCase() === 'y'
    const answer = lastAnswer.then(ask, ask)
    lastAnswer = answer
    return answer
  },
}

/** Counts what was called, and offers the count to agents as one more tool. */
function usagePlugin(): Plugin {
  const calls = new Map<string, number>()
  return {
    name: 'usage',
    contribute: () => ({
      around: (next) => (call, decision) => {
        calls.set(call.exposedName, (calls.get(call.exposedName) ?? 0) + 1)
        return next(call, decision)
      },
      tools: [
        {
          definition: { name: 'usage', description: 'How often each tool was called.', inputSchema: { type: 'object' } },
          call: async () => ({ content: [{ type: 'text', text: JSON.stringify(Object.fromEntries(calls)) }] }),
        },
      ],
    }),
  }
}

const gateway = createGateway({
  store: createMemoryStore(), // createSqliteStore({ file: 'gateway.db' }) remembers
  hooks,
  plugins: [usagePlugin()],
  demo: true,
})
await gateway.ready
if (process.env.GITHUB_TOKEN)
  await gateway.servers.create({ name: 'github', url: process.env.GITHUB_MCP_URL ?? 'https://api.githubcopilot.com/mcp/' })

const server = createServer((req, res) => {
  if (req.url === '/') res.end('Your own page.\n')
  else gateway.handler(req, res)
})
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  const { port } = server.address() as { port: number }
  console.log(`MCP endpoint  : http://127.0.0.1:${port}/mcp`)
  console.log(`Client token  : ${gateway.clients.create({ name: 'my-agent' }).token}`)
})

process.once('SIGTERM', () => void close())
process.once('SIGINT', () => void close())
terminal.once('SIGINT', () => void close())

async function close() {
  terminal.close()
  await gateway.close()
  server.close()
}
