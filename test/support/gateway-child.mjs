// A stdio MCP server for tests of the whole gateway: it tells its process, ends in mid-call, and writes noise to its output.
import { createInterface } from 'node:readline'

const say = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const text = (id, value) => say({ id, result: { content: [{ type: 'text', text: value }] } })

const tools = {
  pid: (id) => text(id, String(process.pid)),
  exit: () => process.exit(7),
  noise(id) {
    process.stdout.write('Debugger attached.\n{"half": \n[]\nnull\n42\n\n{"jsonrpc":"2.0","id":99,"result":{}}\n')
    text(id, 'despite the noise')
  },
  hold: () => undefined,
}

const answers = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'child', version: '1' } }),
  'tools/list': () => ({ tools: Object.keys(tools).map((name) => ({ name, inputSchema: { type: 'object' } })) }),
  ping: () => ({}),
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) return
  if (method === 'tools/call') tools[params.name](id)
  else if (answers[method]) say({ id, result: answers[method](params) })
})
