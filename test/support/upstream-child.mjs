// A stdio MCP server that misbehaves on request: argv[2] says how it starts, the name of the called tool says what it does.
import { spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { createInterface } from 'node:readline'

const start = process.argv[2] ?? 'well'
const say = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const text = (id, value) => say({ id, result: { content: [{ type: 'text', text: value }] } })
const cancelled = []
let listed = 0

if (start === 'exit') {
  console.error('first line')
  console.error(`cannot start with ${process.env.API_KEY}`)
  process.exit(3)
}
if (start === 'stubborn') process.on('SIGTERM', () => undefined)
if (start === 'garbage') setInterval(() => process.stdout.write('%$&/ no json\n'), 5)
if (start === 'noise') console.log('Listening happily!\n{"half": \n{"jsonrpc":"2.0"}\n[]\nnull\n42')
if (start === 'stubborn') setInterval(() => undefined, 1000)

const tools = {
  env: (id) => text(id, JSON.stringify(process.env)),
  arguments: (id, params) => text(id, JSON.stringify(params)),
  exit: () => {
    console.error('going down')
    process.exit(7)
  },
  kill: () => process.kill(process.pid, 'SIGKILL'),
  mute: () => undefined,
  pid: (id) => text(id, String(process.pid)),
  cancelled: (id) => text(id, JSON.stringify(cancelled)),
  sleep(id) {
    process.stdin.pause()
    setInterval(() => undefined, 1000)
    text(id, 'good night')
  },
  huge: (id, { arguments: { bytes } }) =>
    process.stdout.write(`{"jsonrpc":"2.0","id":${id},"result":{"content":"${'x'.repeat(bytes)}"}}\n`, () =>
      say({ method: 'notifications/after' }),
    ),
  exact: (id) =>
    process.stdout.write(
      `{"jsonrpc":"2.0","odd":1,"id":${id},"result":{"n":12345678901234567890,  "__proto__": {"x":1},"f":1.0,"later":[ ]}}\r\n`,
    ),
  split(id) {
    const bytes = Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id, result: { word: 'Grüße 🎈' } })}\n`)
    let at = 0
    const next = () => {
      if (at >= bytes.length) return
      process.stdout.write(bytes.subarray(at, at + 1))
      at += 1
      setTimeout(next, 1)
    }
    next()
  },
  badUtf8: (id) =>
    process.stdout.write(
      Buffer.concat([Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":{"word":"`), Buffer.from([0xff, 0xfe]), Buffer.from('"}}\n')]),
    ),
  nullId: () => say({ id: null, error: { code: -32700, message: 'MCP error -32700: could not read that' } }),
  failing: (id) =>
    say({ id, error: { code: -32055, message: 'MCP error -32055: MCP error -32055: no such thing', data: { hint: 'look elsewhere' } } }),
  progress(id, params) {
    const progressToken = params._meta?.progressToken
    let progress = 0
    const timer = setInterval(() => {
      if (++progress <= 4) return say({ method: 'notifications/progress', params: { progressToken, progress, total: 4, extra: true } })
      clearInterval(timer)
      text(id, String(typeof progressToken))
    }, 100)
  },
  ask(id) {
    say({ id: 'q1', method: 'sampling/createMessage', params: { maxTokens: 1 } })
    say({ id: 0, method: 'ping' })
    asked.push(id)
  },
  flood(id) {
    let sent = 0
    const more = () => {
      for (let i = 0; i < 1000; i++)
        process.stdout.write('{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"flood"}}\n')
      if ((sent += 1000) < 20_000) setImmediate(more)
      else text(id, 'done')
    }
    more()
  },
  grandchild(id) {
    const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM",()=>{});setInterval(()=>{},1000)'], { stdio: 'ignore' })
    text(id, String(child.pid))
  },
  complain(id) {
    for (let i = 0; i < 100; i++) console.error(`complaint ${i} ${'!'.repeat(i === 0 ? 100_000 : 1)}`)
    text(id, 'done')
  },
  change(id) {
    for (let i = 0; i < 50; i++) say({ method: 'notifications/tools/list_changed' })
    text(id, 'changed')
  },
  closeInput(id) {
    closeSync(0)
    setInterval(() => undefined, 1000)
    text(id, 'deaf')
  },
}
const asked = []
const answers = []

const requests = {
  initialize: (id, params) =>
    start !== 'mute' &&
    say({
      id,
      result: {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: { listChanged: true } },
        serverInfo: { name: 'child', version: '1' },
        later: { kept: true },
      },
    }),
  'tools/list': (id) => say({ id, result: { tools: [{ name: `listed-${++listed}`, inputSchema: { type: 'object' } }] } }),
  'tools/call': (id, params) => tools[params.name](id, params),
  ping: (id) => say({ id, result: {} }),
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line)
  if (message.method === 'notifications/cancelled') cancelled.push(message.params.requestId)
  else if (message.method && message.id !== undefined) requests[message.method]?.(message.id, message.params)
  else if (message.id !== undefined) {
    answers.push(message)
    if (answers.length === 2) text(asked.shift(), JSON.stringify(answers.splice(0)))
  }
})
