import { describe, expect, it } from 'vitest'
import { childEnvironment } from '../../../src/main/gateway/mcp/child'
import { FloodGate, cut, longestNote, mostUnsolicited } from '../../../src/main/gateway/mcp/flood'
import { LineReader } from '../../../src/main/gateway/mcp/line-reader'
import { RpcLink, mostInFlight } from '../../../src/main/gateway/mcp/rpc-link'
import { Ears, handshake, never } from '../../support/upstream-rig'

/** A link whose wire is the test's. */
function wired(): { link: RpcLink; ears: Ears; sent: { id?: number; method?: string }[]; hear: (message: object) => void } {
  const sent: { id?: number; method?: string }[] = []
  const ears = new Ears()
  const wire = {
    send: (text: string) => {
      sent.push(JSON.parse(text) as { id?: number; method?: string })
      return Promise.resolve()
    },
    end: () => Promise.resolve(),
  }
  const link = new RpcLink('wired', wire, ears, new FloodGate())
  return { link, ears, sent, hear: (message) => link.receive(Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }))) }
}

const greeting = { id: 1, result: { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: {} } }
const plain = { timeoutMs: 5_000, progress: false }

describe('the table of requests', () => {
  it('gives each answer to its own request, in whatever order they come', async () => {
    const { link, hear } = wired()
    const [one, two] = [link.request('a', undefined, plain), link.request('b', undefined, plain)]
    hear({ id: 2, result: { n: 2 } })
    hear({ id: 1, result: { n: 1 } })
    expect(await Promise.all([one, two])).toEqual([{ result: '{"n":1}' }, { result: '{"n":2}' }])
  })

  it('is not misled by answers that come twice, late, to nobody or without an id', async () => {
    const { link, ears, hear } = wired()
    const [one, two] = [link.request('a', undefined, plain), link.request('b', undefined, plain)]
    hear({ id: 1, result: { n: 1 } })
    hear({ id: 1, result: { n: 'again' } })
    hear({ id: '2', result: { n: 'text' } })
    hear({ id: 99, result: { n: 'nobody' } })
    const three = link.request('c', undefined, plain)
    hear({ id: null, error: { code: -32600, message: 'whose?' } })
    hear({ id: 2, result: { n: 2 } })
    hear({ id: 3, result: { n: 3 } })
    expect(await Promise.all([one, two, three])).toEqual([{ result: '{"n":1}' }, { result: '{"n":2}' }, { result: '{"n":3}' }])
    expect(ears.notes).toEqual([
      'an answer to a request that nobody made',
      'an answer to a request that nobody made',
      'an error without an id: whose?',
    ])
  })

  it('does not take the progress of one request for that of another', async () => {
    const { link, hear } = wired()
    const heard: unknown[] = []
    const pending = link.request('a', undefined, { ...plain, progress: true, onMessage: (message) => heard.push(message) })
    for (const progressToken of ['1', '01', 1.5, 2, null, [1]])
      hear({ method: 'notifications/progress', params: { progressToken, progress: 1 } })
    expect(heard).toEqual([])
    hear({ method: 'notifications/progress', params: { progressToken: 1, progress: 1 } })
    expect(heard).toHaveLength(1)
    hear({ id: 1, result: {} })
    await pending
  })

  it('is full at its limit', async () => {
    const { link } = wired()
    const pending = Array.from({ length: mostInFlight }, () => link.request('a', undefined, plain))
    await expect(link.request('a', undefined, plain)).rejects.toMatchObject({ code: 'limit.in_flight' })
    await link.close()
    const ended = await Promise.allSettled(pending)
    expect(ended.every((each) => each.status === 'rejected')).toBe(true)
  })

  it('waits for very long when it is told to', async () => {
    const { link, hear } = wired()
    const pending = link.request('a', undefined, { timeoutMs: Infinity, progress: false })
    await new Promise((resolve) => setTimeout(resolve, 20))
    hear({ id: 1, result: {} })
    expect(await pending).toEqual({ result: '{}' })
  })
})

describe('a handshake', () => {
  it('keeps what is said before the owner holds the link', async () => {
    const { link, ears, hear } = wired()
    const greeted = link.greet(handshake, 1_000, never)
    hear(greeting)
    hear({ id: 'q', method: 'roots/list' })
    await greeted
    expect(ears.messages).toEqual([])
    await ears.until(() => ears.messages.length > 0)
    expect(ears.messages).toEqual([{ kind: 'request', id: 'q', method: 'roots/list', params: undefined }])
  })

  it.each([
    ['an error', { error: { code: -32600, message: 'go away' } }, 'upstream.refused'],
    ['a text', { result: 'hello' }, 'upstream.garbage'],
    ['no revision', { result: { capabilities: {} } }, 'upstream.garbage'],
  ])('fails on %s', async (_what, answer, code) => {
    const { link, ears, hear } = wired()
    const greeted = link.greet(handshake, 1_000, never)
    hear({ id: 1, ...answer })
    await expect(greeted).rejects.toMatchObject({ code })
    expect(ears.closed).toEqual([])
  })

  it('is forgiving where nothing hangs on it', async () => {
    const { link, hear } = wired()
    const greeted = link.greet(handshake, 1_000, never)
    hear({ id: 1, result: { protocolVersion: '2024-11-05', capabilities: 7 } })
    await greeted
    expect(link.initialized).toEqual({ protocolVersion: '2024-11-05', capabilities: {}, serverInfo: {} })
  })

  it('is never cancelled with a message, as MCP wants it', async () => {
    const { link, sent } = wired()
    await expect(link.greet(handshake, 20, never)).rejects.toMatchObject({ code: 'upstream.timeout' })
    expect(sent.map((message) => message.method)).toEqual(['initialize'])
  })
})

describe('lines', () => {
  function read(longest: number, chunks: readonly string[]): { lines: string[]; tooLong: string[] } {
    const lines: string[] = []
    const tooLong: string[] = []
    const reader = new LineReader(longest, {
      onLine: (line) => lines.push(line.toString()),
      onTooLong: (line) => tooLong.push(line.toString()),
    })
    for (const chunk of chunks) reader.push(Buffer.from(chunk))
    reader.flush()
    return { lines, tooLong }
  }

  it('are the same however the stream is cut', () => {
    const stream = 'one\n\ntwo\r\n\r\nthree\nlast'
    for (let size = 1; size <= stream.length; size++) {
      const chunks = stream.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
      expect(read(10, chunks)).toEqual({ lines: ['one', 'two', 'three', 'last'], tooLong: [] })
    }
  })

  it('are skipped beyond the limit, also without an end', () => {
    expect(read(4, ['abcd\nabcde\nfg\n'])).toEqual({ lines: ['abcd', 'fg'], tooLong: ['abcd'] })
    expect(read(4, ['abc', 'def', 'ghi'])).toEqual({ lines: [], tooLong: ['abcd'] })
  })
})

describe('what keeps a talkative upstream in bounds', () => {
  it('cuts notes without cutting a character', () => {
    expect(cut('short', longestNote)).toBe('short')
    expect(cut('ab🎈de', 4)).toBe('ab…')
    expect(cut('x'.repeat(longestNote + 1), longestNote)).toHaveLength(longestNote)
  })

  it('pauses whoever says too much unasked, until a moment later', async () => {
    const gate = new FloodGate()
    for (let i = 0; i < mostUnsolicited; i++) gate.count()
    expect(gate.pauseMs()).toBe(0)
    gate.count()
    const pauseMs = gate.pauseMs()
    expect(pauseMs).toBeGreaterThan(0)
    await new Promise((resolve) => setTimeout(resolve, pauseMs + 5))
    expect(gate.pauseMs()).toBe(0)
  })

  it('lets no exported shell function into a child', () => {
    const ours = { PATH: '/bin', TERM: '() { :; }; echo gotcha', LC_ALL: 'C', TOKEN: 'secret' }
    expect(childEnvironment({ PATH: '/own' }, ours)).toEqual({ PATH: '/own', LC_ALL: 'C' })
  })
})
