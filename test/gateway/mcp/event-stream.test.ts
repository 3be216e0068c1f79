import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  answerStreamName,
  backlogBytes,
  EventStream,
  readEventId,
  replayBytes,
  replayEvents,
  requestOfStream,
  retryMs,
} from '../../../src/main/gateway/mcp/event-stream'
import { eventsIn } from '../../support/gateway-http'
import { closeServer, listen } from '../../support/http-upstream'

/** Responses of a real server, one for each connection that is asked for. */
async function openResponses() {
  const waiting: ((response: ServerResponse) => void)[] = []
  const server = createServer((_req, res) => waiting.shift()?.(res))
  const host = await listen(server)
  onTestFinished(() => closeServer(server))
  return async () => {
    const response = new Promise<ServerResponse>((resolve) => waiting.push(resolve))
    const socket = connect(Number(host.split(':')[1]), '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    const ended = once(socket, 'close')
    const says = async (word: string) => {
      while (!text.includes(word)) await once(socket, 'data')
      return text
    }
    const events = () => eventsIn(text.slice(text.indexOf('\r\n\r\n') + 4).replace(/\r\n[0-9a-f]+\r\n|^[0-9a-f]+\r\n/g, ''))
    return { response: await response, socket, ended, says, events, text: () => text }
  }
}

const listener = () => {
  const told: string[] = []
  return { told, lost: () => void told.push('lost'), abandoned: () => void told.push('abandoned') }
}

describe('a stream of events', () => {
  it('begins with an id and without data, so that a client can come back for a stream that said nothing yet', async () => {
    const next = await openResponses()
    const { response, says, text } = await next()
    const stream = new EventStream('p1')
    stream.attach(response, {})
    await says('\n\n')
    expect(text()).toContain(`id: p1.1\nretry: ${retryMs}\ndata: \n\n`)
    expect(text()).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-type: text\/event-stream\r\ncache-control: no-cache, no-transform/)
  })

  it('keeps a message with line breaks in one event', async () => {
    const next = await openResponses()
    const { response, says, events } = await next()
    const stream = new EventStream('p1')
    stream.attach(response, {})
    stream.send('{\r\n  "a": 1,\n\n  "id: x": "data: y"\r}')
    await says('"data: y"')
    expect(events().map(({ id, data }) => [id, data && (JSON.parse(data) as unknown)])).toEqual([
      ['p1.1', ''],
      ['p1.2', { a: 1, 'id: x': 'data: y' }],
    ])
  })

  it('says after a break only what the client has not seen', async () => {
    const next = await openResponses()
    const first = await next()
    const heard = listener()
    const stream = new EventStream('p1', heard)
    stream.attach(first.response, {})
    for (const n of [1, 2]) stream.send(`{"n":${n}}`)
    await first.says('{"n":2}')
    const broken = once(first.response, 'close')
    first.socket.destroy()
    await broken
    expect([heard.told, stream.isOpen, typeof stream.lostAt]).toEqual([['lost'], false, 'number'])
    for (const n of [3, 4]) stream.send(`{"n":${n}}`)
    const second = await next()
    stream.attach(second.response, {}, 2)
    stream.end()
    await second.says('{"n":4}')
    expect(second.events().map(({ data }) => data)).toEqual(['{"n":2}', '{"n":3}', '{"n":4}'])
    expect([stream.isEnded, stream.lostAt]).toEqual([true, undefined])
  })

  it('says what is left to a client that comes back after its end, and ends', async () => {
    const next = await openResponses()
    const stream = new EventStream('p1')
    stream.send('{"n":1}')
    stream.end()
    const { response, says } = await next()
    stream.attach(response, {}, 0)
    expect(await says('\r\n0\r\n')).toContain('data: {"n":1}')
  })

  it('answers at once to a client that comes back, though there is nothing to say', async () => {
    const next = await openResponses()
    const { response, says } = await next()
    new EventStream('g').attach(response, {}, 0)
    expect(await says('\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK/)
  })

  it('says everything to a client whose last event was of an earlier life of the gateway', async () => {
    const next = await openResponses()
    const stream = new EventStream('g')
    for (const n of [1, 2]) stream.send(`{"n":${n}}`)
    const { response, says, events } = await next()
    stream.attach(response, {}, 57)
    await says('{"n":2}')
    expect(events().map(({ data }) => data)).toEqual(['{"n":1}', '{"n":2}'])
  })

  it('has one connection: a newer one takes over', async () => {
    const next = await openResponses()
    const [older, newer] = [await next(), await next()]
    const heard = listener()
    const stream = new EventStream('g', heard)
    stream.attach(older.response, {})
    stream.attach(newer.response, {}, 1)
    await older.says('\r\n0\r\n')
    stream.send('{"n":1}')
    await newer.says('{"n":1}')
    expect(older.text()).not.toContain('{"n":1}')
    expect([heard.told, stream.isOpen]).toEqual([[], true])
  })

  it('is kept alive by a comment', async () => {
    const next = await openResponses()
    const { response, says } = await next()
    const stream = new EventStream('g')
    stream.keepAlive()
    stream.attach(response, {})
    stream.keepAlive()
    expect(await says(': keep-alive\n\n')).toBeDefined()
  })

  it('tells whom it was for when nobody came back', () => {
    const heard = listener()
    const stream = new EventStream('p1', heard)
    stream.abandon()
    stream.abandon()
    expect([heard.told, stream.isEnded]).toEqual([['abandoned'], true])
  })
})

describe('the limits of a stream', () => {
  const replayed = async (stream: EventStream) => {
    const next = await openResponses()
    const { response, says, events } = await next()
    stream.attach(response, {}, 0)
    stream.end()
    await says('\r\n0\r\n')
    return events()
  }

  it(`keeps the last ${replayEvents} events for a replay`, async () => {
    const stream = new EventStream('p1')
    for (let n = 1; n <= replayEvents + 10; n++) stream.send(`{"n":${n}}`)
    const events = await replayed(stream)
    expect([events.length, events[0]?.data]).toEqual([replayEvents, '{"n":11}'])
  })

  it(`keeps ${replayBytes} bytes for a replay, and a larger event when it is the only one`, async () => {
    const stream = new EventStream('p1')
    const large = JSON.stringify('x'.repeat(replayBytes / 4))
    for (let n = 1; n <= 8; n++) stream.send(large)
    expect(await replayed(stream)).toHaveLength(3)
    const one = new EventStream('p2')
    one.send(JSON.stringify('x'.repeat(2 * replayBytes)))
    expect(await replayed(one)).toHaveLength(1)
  })

  it(`cuts off a reader that lets more than ${backlogBytes} bytes wait, who may come back`, async () => {
    const next = await openResponses()
    const { response, socket } = await next()
    socket.pause()
    const heard = listener()
    const stream = new EventStream('p1', heard)
    stream.attach(response, {})
    const closed = once(response, 'close')
    const megabyte = JSON.stringify('x'.repeat(1024 * 1024))
    for (let n = 0; n < 64 && stream.isOpen; n++) {
      stream.send(megabyte)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await closed
    expect([heard.told, stream.isOpen, stream.isEnded]).toEqual([['lost'], false, false])
  })

  it.each([['g.1', { name: 'g', seq: 1 }]])('reads the ids that it gave: %s', (id, expected) => {
    expect(readEventId(id)).toEqual(expected)
  })

  it.each([['g'], ['.1'], ['g.'], ['g.-1'], ['g.1e3'], ['g.1.2'], ['g.9999999999999999'], [`${'g'.repeat(401)}.1`], ['g.1\n'], ['']])(
    'reads no other id: %j',
    (id) => {
      expect(readEventId(id)).toBeUndefined()
    },
  )
})

describe('the name of a stream that answers a request', () => {
  it.each([0, -1.5, '', 'a', '7', 'ü"\n', 'x'.repeat(80)])('tells the id of the request, as it was: %j', (id) => {
    const name = answerStreamName('-_abc123', 12, id)
    expect(requestOfStream(name)).toBe(id)
    expect(readEventId(`${name}.3`)).toEqual({ name, seq: 3 })
  })

  it('tells none where there is none, or a very long one', () => {
    expect([answerStreamName('abcdefgh', 1), answerStreamName('abcdefgh', 1, 'x'.repeat(200))]).toEqual(['pabcdefgh-1', 'pabcdefgh-1'])
    expect(requestOfStream('pabcdefgh-1')).toBeUndefined()
  })

  it.each(['{"a":1}', '[1]', 'null', 'true', '{', ''])('that a client made up tells no id that is none: %s', (text) => {
    expect(requestOfStream(`pabcdefgh-1-${Buffer.from(text).toString('base64url')}`)).toBeUndefined()
  })
})
