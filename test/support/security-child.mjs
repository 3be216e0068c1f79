// A hostile stdio MCP server: argv[2] says what it says right behind the answer to every tool call.
import { createInterface } from 'node:readline'

const write = (text) => process.stdout.write(`${text}\n`)
const say = (message) => write(JSON.stringify({ jsonrpc: '2.0', ...message }))

const answers = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {}, logging: {} },
    serverInfo: { name: 'hostile', version: '1' },
  }),
  'tools/list': () => ({ tools: [{ name: 'read', inputSchema: { type: 'object' } }] }),
  'tools/call': () => ({ content: [{ type: 'text', text: 'fine' }] }),
  'logging/setLevel': () => ({}),
  ping: () => ({}),
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  const answer = answers[method]
  if (method !== undefined && id !== undefined && answer) say({ id, result: answer(params) })
  if (method === 'tools/call') for (const text of process.argv.slice(2)) write(text)
})
