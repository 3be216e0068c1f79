import { describe, expect, it } from 'vitest'
import type { EventStream } from '../../src/main/gateway/mcp/event-stream'
import { maxEndedBytes, Session } from '../../src/main/gateway/mcp/session'
import { messagesIn, openRawSession } from '../support/gateway-http'
import { openRig, withTheTest } from '../support/gateway-rig'
import { answer, events, openHttpUpstream, sse } from '../support/http-upstream'

const listener = { lost: () => undefined, abandoned: () => undefined }
const record = {
  ...{ id: 's', client_id: 'c', group: null, protocol_version: '2025-11-25', capabilities: {}, client_info: {} },
  ...{ created_at: '2026-01-01T00:00:00.000Z', last_seen_at: '2026-01-01T00:00:00.000Z' },
}

describe('law 9: what streams keep for clients that may come back', () => {
  it('is little once they have ended, however large the answers were', () => {
    const session = new Session(record, 'agent')
    const opened: EventStream[] = []
    for (let n = 0; n < 60; n++) {
      const stream = session.openStream(listener)
      opened.push(stream)
      stream.send(JSON.stringify('x'.repeat(1024 * 1024)))
      stream.end()
    }
    session.openStream(listener)
    const kept = [...session.streams.values()].reduce((sum, stream) => sum + stream.keptSize, 0)
    expect(kept).toBeGreaterThan(0)
    expect(kept).toBeLessThanOrEqual(maxEndedBytes)
  })
})

describe('a large answer on a stream', () => {
  it('is not taken for a reader who is too slow', async () => {
    const text = 'y'.repeat(20 * 1024 * 1024)
    const upstream = await openHttpUpstream({
      onRequest(got, res) {
        if (got.message.method === 'tools/list')
          return void answer(res, got, { tools: [{ name: 'read', inputSchema: { type: 'object' } }] })
        const note = { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'wait' } }
        res.writeHead(200, events).write(sse(note))
        res.end(sse({ jsonrpc: '2.0', id: got.message.id, result: { content: [{ type: 'text', text }] } }))
      },
    })
    withTheTest(() => upstream.close())
    const rig = await openRig()
    await rig.add({ name: 'big', url: upstream.url })
    const agent = await openRawSession(rig.listening.endpoint, { token: rig.gateway.clients.create({ name: 'agent' }).token })
    const reply = await agent.post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'big_read' } })
    expect(messagesIn(reply).at(-1)?.result).toEqual({ content: [{ type: 'text', text }] })
  })
})
