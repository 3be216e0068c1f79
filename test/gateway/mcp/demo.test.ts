import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Link } from '../../../src/main/gateway/mcp/link'
import { introspect } from '../../../src/main/gateway/mcp/introspect'
import { createOpenLink, demoUrl } from '../../../src/main/gateway/mcp/open-link'
import { Ears, call, callText, handshake, never, target } from '../../support/upstream-rig'

const demo = target({ transport: 'builtin', name: 'demo', command: null, url: demoUrl })
const openLink = createOpenLink({ http: () => Promise.reject(new Error('not used')) })
let link: Link

beforeEach(async () => {
  link = await openLink(demo, handshake, new Ears(), never)
})
afterEach(() => link.close())

describe('the demo server', () => {
  it('lists tools, a prompt and a resource without any problem', async () => {
    const catalog = await introspect(link, 'demo', { timeoutMs: 1_000 })
    expect(catalog.tools.map((tool) => tool.name)).toEqual(['echo', 'add', 'time', 'list_notes', 'add_note', 'delete_note', 'countdown'])
    expect(catalog).toMatchObject({ prompts: [{ name: 'tour' }], resources: [{ uri: 'demo://welcome' }], problems: [] })
    expect(catalog.tools.find((tool) => tool.name === 'delete_note')).toMatchObject({ annotations: { destructiveHint: true } })
  })

  it('echoes, adds and tells the time', async () => {
    expect(await callText(link, 'echo', { message: 'Grüße' })).toBe('Grüße')
    expect(await call(link, 'add', { a: 2, b: 0.5 })).toEqual({ content: [{ type: 'text', text: '2.5' }], structuredContent: { sum: 2.5 } })
    expect(await call(link, 'time', { zone: 'Asia/Tokyo' })).toMatchObject({ structuredContent: { zone: 'Asia/Tokyo' } })
    expect(await call(link, 'time')).toMatchObject({ structuredContent: { zone: 'UTC' } })
  })

  it('keeps notes for all its connections', async () => {
    const added = await call(link, 'add_note', { text: 'buy milk' })
    expect(added).toMatchObject({ structuredContent: { id: 3, text: 'buy milk' } })
    await call(link, 'delete_note', { id: 1 })
    const other = await openLink(demo, handshake, new Ears(), never)
    expect(await call(other, 'list_notes')).toMatchObject({ structuredContent: { notes: [{ id: 2 }, { id: 3, text: 'buy milk' }] } })
    await other.close()
    for (const id of [2, 3]) await call(link, 'delete_note', { id })
    expect(await callText(link, 'list_notes')).toBe('There are no notes.')
  })

  it.each([
    ['echo', {}, 'The argument "message" is missing.'],
    ['echo', { message: 1 }, 'The argument "message" must be a string.'],
    ['echo', { message: 'a', loud: true }, 'There is no argument "loud"; known: message.'],
    ['echo', { message: 'a', constructor: 1 }, 'There is no argument "constructor"; known: message.'],
    ['add', { a: 1, b: null }, 'The argument "b" must be a number.'],
    ['add', { a: 1.7e308, b: 1.7e308 }, 'The sum is too large for a number.'],
    ['time', { zone: 'Mars/Olympus' }, '"Mars/Olympus" is not a time zone that I know; use an IANA name such as "Europe/Berlin".'],
    ['add_note', { text: '' }, 'The argument "text" is out of its range.'],
    ['delete_note', { id: 99 }, 'There is no note 99; see list_notes.'],
    ['delete_note', { id: 1.5 }, 'The argument "id" must be an integer.'],
    ['countdown', { from: 1e9 }, 'The argument "from" is out of its range.'],
  ])('refuses %s(%j) in words that a model can use', async (tool, args, message) => {
    expect(await call(link, tool, args)).toEqual({ content: [{ type: 'text', text: message }], isError: true })
  })

  it('counts down with progress, and stops when cancelled', async () => {
    const heard: unknown[] = []
    expect(await callText(link, 'countdown', { from: 2 }, { progress: true, onMessage: (message) => heard.push(message) })).toBe(
      'Lift-off!',
    )
    expect(heard).toEqual([
      { kind: 'notification', method: 'notifications/progress', params: { progress: 1, total: 2, message: '1 to go' } },
      { kind: 'notification', method: 'notifications/progress', params: { progress: 2, total: 2, message: 'Lift-off' } },
    ])
    const abort = new AbortController()
    const pending = call(link, 'countdown', { from: 20 }, { signal: abort.signal })
    abort.abort()
    await expect(pending).rejects.toMatchObject({ code: 'call.cancelled' })
  })

  it('gives its prompt and its resource, and says what it does not have', async () => {
    const ask = (method: string, params: Record<string, unknown>) => link.request(method, params, { timeoutMs: 1_000, progress: false })
    const prompt = await ask('prompts/get', { name: 'tour', arguments: { name: 'Ada' } })
    expect('result' in prompt && prompt.result.toString()).toContain('Address me as Ada.')
    const welcome = await ask('resources/read', { uri: 'demo://welcome' })
    expect('result' in welcome && welcome.result.toString()).toContain('Welcome to Fast Gateway')
    expect(await ask('prompts/get', { name: 'other' })).toMatchObject({ error: { code: -32602 } })
    expect(await ask('resources/read', { uri: 'demo://other' })).toMatchObject({ error: { code: -32002 } })
    expect(await ask('tools/call', { name: 'other' })).toMatchObject({ error: { code: -32602 } })
    expect(await ask('tools/shout', {})).toMatchObject({ error: { code: -32601 } })
  })

  it('is the only built-in server', async () => {
    await expect(openLink({ ...demo, url: 'builtin:other' }, handshake, new Ears(), never)).rejects.toMatchObject({
      code: 'upstream.unreachable',
    })
  })
})
