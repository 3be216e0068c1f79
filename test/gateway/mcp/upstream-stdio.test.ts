import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Handshake, Link, Target } from '../../../src/main/gateway/mcp/link'
import { mostNotes } from '../../../src/main/gateway/mcp/flood'
import { longestLine, mostUnread, openStdioLink } from '../../../src/main/gateway/mcp/upstream-stdio'
import { Ears, call, callText, childTarget, handshake, isAlive, never, npmServer, target } from '../../support/upstream-rig'

const open: Link[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((link) => link.close()))
})

async function connect(to: Target = childTarget(), ears = new Ears(), asWhom: Handshake = handshake): Promise<Link> {
  const link = await openStdioLink(to, asWhom, ears, never)
  open.push(link)
  return link
}

describe('a stdio upstream', () => {
  it('shakes hands and keeps the whole initialize result', async () => {
    const link = await connect()
    expect(link.initialized).toMatchObject({ protocolVersion: '2025-11-25', serverInfo: { name: 'child' }, later: { kept: true } })
  })

  it('gives a result in its own words, whatever is in it', async () => {
    const link = await connect()
    const reply = await link.request('tools/call', { name: 'exact' }, { timeoutMs: 5_000, progress: false })
    expect('result' in reply && reply.result.toString()).toBe('{"n":12345678901234567890,  "__proto__": {"x":1},"f":1.0,"later":[ ]}')
  })

  it('puts characters together that arrive byte by byte', async () => {
    expect(await call(await connect(), 'split')).toEqual({ word: 'Grüße 🎈' })
  })

  it('hands on valid UTF-8 even if the upstream wrote none', async () => {
    expect(await call(await connect(), 'badUtf8')).toEqual({ word: '\uFFFD\uFFFD' })
  })

  it('hands on an error with code and data and without the prefix of the hops', async () => {
    const reply = await (await connect()).request('tools/call', { name: 'failing' }, { timeoutMs: 5_000, progress: false })
    expect(reply).toEqual({ error: { code: -32055, message: 'no such thing', data: { hint: 'look elsewhere' } } })
  })

  it('runs in its own folder with its own arguments', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cwd-')))
    const link = await connect(childTarget('well', { cwd: folder, env: { PWD_CHECK: '1' } }))
    const pid = Number(await callText(link, 'pid'))
    expect(realpathSync(`/proc/${pid}/cwd`)).toBe(folder)
  })

  it('lets nothing of our environment through but the allow-list, and what its record says', async () => {
    process.env.SECRET_OF_OURS = 'do not tell'
    process.env.npm_config_registry_token = 'nor this'
    process.env.LC_TIME = 'C'
    try {
      const link = await connect(childTarget('well', { env: { API_KEY: 'theirs' } }))
      const seen = JSON.parse(await callText(link, 'env')) as Record<string, string>
      expect(seen).toMatchObject({ API_KEY: 'theirs', LC_TIME: 'C', PATH: process.env.PATH })
      const allowed = /^(HOME|LANG|LOGNAME|PATH|SHELL|TERM|TMPDIR|TZ|USER|API_KEY|LC_[A-Z]+)$/
      expect(Object.keys(seen).filter((name) => !allowed.test(name))).toEqual([])
    } finally {
      delete process.env.SECRET_OF_OURS
      delete process.env.npm_config_registry_token
      delete process.env.LC_TIME
    }
  })

  it('never passes its arguments through a shell', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'shell-')), 'made')
    const link = await connect(childTarget('well', { args: [...childTarget().args, `; touch ${file}`, `$(touch ${file})`] }))
    await callText(link, 'pid')
    expect(() => writeFileSync(file, '', { flag: 'wx' })).not.toThrow()
  })
})

describe('a request to a stdio upstream', () => {
  it('hears its progress without a token and is not given up while there is some', async () => {
    const heard: unknown[] = []
    const link = await connect()
    const onMessage = (message: unknown) => heard.push(message)
    expect(await callText(link, 'progress', {}, { timeoutMs: 300, progress: true, onMessage })).toBe('number')
    expect(heard).toHaveLength(4)
    expect(heard[0]).toEqual({ kind: 'notification', method: 'notifications/progress', params: { progress: 1, total: 4, extra: true } })
  })

  it('keeps what else is in _meta beside our token', async () => {
    const link = await connect()
    const params = { name: 'arguments', _meta: { mine: 1 } }
    const reply = await link.request('tools/call', params, { timeoutMs: 5_000, progress: true })
    expect('result' in reply && reply.result.toString()).toContain('\\"_meta\\":{\\"mine\\":1,\\"progressToken\\":')
  })

  it('is given up when the upstream is silent for too long, and the upstream is told', async () => {
    const link = await connect()
    await expect(call(link, 'mute', {}, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'upstream.timeout' })
    expect(JSON.parse(await callText(link, 'cancelled'))).toEqual([2])
  })

  it('can be cancelled, also the first one after the handshake', async () => {
    const link = await connect()
    const abort = new AbortController()
    const pending = call(link, 'mute', {}, { signal: abort.signal })
    abort.abort()
    await expect(pending).rejects.toMatchObject({ code: 'call.cancelled' })
    expect(JSON.parse(await callText(link, 'cancelled'))).toEqual([2])
  })

  it('is not sent at all when it is cancelled before', async () => {
    const link = await connect()
    await expect(call(link, 'exit', {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'call.cancelled' })
    expect(await callText(link, 'pid')).toMatch(/^\d+$/)
  })

  it('ends when the only answer that comes has no id', async () => {
    await expect(call(await connect(), 'nullId')).rejects.toThrow('-32700: could not read that')
  })

  it('fails with exit code and last words when the process ends', async () => {
    const ears = new Ears()
    const link = await connect(childTarget(), ears)
    const both = [call(link, 'mute'), call(link, 'exit')]
    for (const pending of both)
      await expect(pending).rejects.toMatchObject({
        code: 'upstream.closed',
        message: expect.stringMatching(/code 7.*going down/) as string,
      })
    expect(ears.closed).toHaveLength(1)
    await expect(call(link, 'pid')).rejects.toMatchObject({ code: 'upstream.closed' })
  })

  it('fails with the signal that ended the process', async () => {
    await expect(call(await connect(), 'kill')).rejects.toThrow('SIGKILL')
  })

  it('fails at once, and harms nobody, when the process has closed its input', async () => {
    const link = await connect()
    expect(await callText(link, 'closeInput')).toBe('deaf')
    await expect(call(link, 'pid')).rejects.toMatchObject({ code: 'upstream.closed' })
  })
})

describe('a stdio upstream that does not read', () => {
  it('is sent no more than it may owe us', async () => {
    const link = await connect()
    expect(await callText(link, 'sleep')).toBe('good night')
    const data = 'x'.repeat(1024 * 1024)
    const sent = Array.from({ length: mostUnread / data.length + 2 }, () => link.notify('notifications/any', { data }))
    const all = Promise.allSettled(sent)
    await expect(sent.at(-1)).rejects.toMatchObject({ code: 'upstream.refused' })
    await link.close()
    await all
  })
})

describe('what a stdio upstream says unasked', () => {
  it('is noise that is noted and otherwise ignored', async () => {
    const ears = new Ears()
    const link = await connect(childTarget('noise'), ears)
    expect(await callText(link, 'pid')).toMatch(/^\d+$/)
    expect(ears.notes.filter((note) => note.startsWith('not a JSON-RPC message'))).toHaveLength(6)
    expect(ears.closed).toEqual([])
  })

  it('is noted at most so often, however much garbage comes', async () => {
    const ears = new Ears()
    const link = await connect(childTarget('garbage'), ears)
    await callText(link, 'progress', {}, { progress: true })
    expect(ears.notes.length).toBeLessThanOrEqual(mostNotes)
    expect(ears.notes.length).toBeGreaterThan(5)
  })

  it('is a complaint on stderr: cut, limited and noted', async () => {
    const ears = new Ears()
    const link = await connect(childTarget(), ears)
    expect(await callText(link, 'complain')).toBe('done')
    await ears.until(() => ears.notes.length >= mostNotes)
    expect(ears.notes).toHaveLength(mostNotes)
    expect(ears.notes.every((note) => note.startsWith('stderr: complaint') && note.length <= 500)).toBe(true)
  })

  it('is a request that its owner answers, except ping', async () => {
    const ears = new Ears()
    const link = await connect(childTarget(), ears)
    const answers = callText(link, 'ask')
    await ears.until(() => ears.messages.length > 0)
    expect(ears.messages).toEqual([{ kind: 'request', id: 'q1', method: 'sampling/createMessage', params: { maxTokens: 1 } }])
    await link.respond('q1', { error: { code: -32601, message: 'no' } })
    const heard = JSON.parse(await answers) as unknown[]
    expect(heard).toHaveLength(2)
    expect(heard).toContainEqual({ jsonrpc: '2.0', id: 0, result: {} })
    expect(heard).toContainEqual({ jsonrpc: '2.0', id: 'q1', error: { code: -32601, message: 'no' } })
  })

  it('is a flood that slows down the upstream alone', async () => {
    const ears = new Ears()
    const link = await connect(childTarget(), ears)
    const other = await connect()
    let heldUpMs = 0
    let last = performance.now()
    const watch = setInterval(() => {
      heldUpMs = Math.max(heldUpMs, performance.now() - last)
      last = performance.now()
    }, 5)
    const flood = callText(link, 'flood')
    expect(await callText(other, 'pid')).toMatch(/^\d+$/)
    expect(await flood).toBe('done')
    clearInterval(watch)
    expect(ears.messages).toHaveLength(20_000)
    expect(heldUpMs).toBeLessThan(500)
  })

  it('is a line beyond the limit that is skipped; who waits for it is told', async () => {
    const ears = new Ears()
    const link = await connect(childTarget(), ears)
    await expect(call(link, 'huge', { bytes: longestLine + 1 })).rejects.toMatchObject({ code: 'upstream.garbage' })
    await ears.until(() => ears.messages.length > 0)
    expect(ears.messages[0]).toMatchObject({ method: 'notifications/after' })
    expect(await callText(link, 'pid')).toMatch(/^\d+$/)
  })
})

describe('a stdio upstream that cannot be connected', () => {
  const failing = (to: Target, signal = never) => openStdioLink(to, handshake, new Ears(), signal)

  it('says that its command is not there', async () => {
    await expect(failing(target({ command: 'no-such-command-here' }))).rejects.toMatchObject({
      code: 'upstream.unreachable',
      message: expect.stringContaining('"no-such-command-here" was not found on the PATH') as string,
    })
  })

  it('says that its folder is not there', async () => {
    await expect(failing(childTarget('well', { cwd: '/no/such/folder' }))).rejects.toThrow(
      'working folder "/no/such/folder" does not exist',
    )
  })

  it('says no secret of its arguments when they cannot be used', async () => {
    const error: unknown = await failing(target({ args: ['secret\0argument'] })).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'upstream.unreachable', message: expect.not.stringContaining('secret') as string })
  })

  it('tells the last words of a process that ended, without what was handed to it in confidence', async () => {
    await expect(failing(childTarget('exit', { env: { API_KEY: 'sk-1234567890' } }))).rejects.toMatchObject({
      code: 'upstream.closed',
      message: 'The process of child exited with code 3; it said: first line | cannot start with ***',
    })
  })

  it('is given up and ended when it does not shake hands in time', async () => {
    await expect(failing(childTarget('mute', { handshakeTimeoutMs: 300 }))).rejects.toMatchObject({ code: 'upstream.timeout' })
  })

  it('is given up and ended when nobody wants it any more', async () => {
    const abort = new AbortController()
    const opening = failing(childTarget('mute'), abort.signal)
    setTimeout(() => abort.abort(), 100)
    await expect(opening).rejects.toMatchObject({ code: 'call.cancelled' })
  })
})

describe('the end of a stdio upstream', () => {
  it('takes the whole tree along, even what ignores SIGTERM', async () => {
    const link = await connect(childTarget('stubborn'))
    const grandchild = Number(await callText(link, 'grandchild'))
    const child = Number(await callText(link, 'pid'))
    const pending = expect(call(link, 'mute')).rejects.toMatchObject({ code: 'upstream.closed' })
    expect(isAlive(child) && isAlive(grandchild)).toBe(true)
    await link.close()
    await pending
    expect(isAlive(child) || isAlive(grandchild)).toBe(false)
  })

  it('takes the grandchildren along when the child dies by itself', async () => {
    const link = await connect()
    const grandchild = Number(await callText(link, 'grandchild'))
    await expect(call(link, 'exit')).rejects.toMatchObject({ code: 'upstream.closed' })
    await link.close()
    expect(isAlive(grandchild)).toBe(false)
  })

  it('is not told to its owner when the owner asked for it', async () => {
    const ears = new Ears()
    const link = await connect(childTarget(), ears)
    await link.close()
    await link.close()
    expect(ears.closed).toEqual([])
  })
})

describe('real servers over stdio', () => {
  it('everything mirrors what the client declares', async () => {
    const to = target({ name: 'everything', args: [npmServer('everything'), 'stdio'] })
    const few = await connect(to)
    const many = await connect(to, new Ears(), {
      ...handshake,
      capabilities: { sampling: {}, elicitation: { form: {}, url: {} }, roots: { listChanged: true } },
    })
    const count = async (link: Link) => {
      const reply = await link.request('tools/list', undefined, { timeoutMs: 10_000, progress: false })
      return 'result' in reply ? (JSON.parse(reply.result.toString()) as { tools: unknown[] }).tools.length : -1
    }
    expect(await count(many)).toBeGreaterThan(await count(few))
  })

  it('memory keeps what it is told', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'memory-')), 'memory.jsonl')
    const link = await connect(target({ name: 'memory', args: [npmServer('memory')], env: { MEMORY_FILE_PATH: file } }))
    await call(link, 'create_entities', { entities: [{ name: 'Ada', entityType: 'person', observations: ['wrote the first program'] }] })
    expect(await callText(link, 'read_graph')).toContain('wrote the first program')
  })

  it('filesystem reads the file that it may read', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'files-')))
    writeFileSync(join(folder, 'hello.txt'), 'Hello from disk')
    const link = await connect(target({ name: 'filesystem', args: [npmServer('filesystem'), folder] }))
    expect(await callText(link, 'read_text_file', { path: join(folder, 'hello.txt') })).toBe('Hello from disk')
  })
})
