import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../src/shared/errors'
import {
  deepestDefinition,
  introspect,
  longestDefinition,
  longestDescription,
  longestName,
  longestUri,
  mostItems,
  mostListBytes,
  mostPages,
  mostProblems,
} from '../../../src/main/gateway/mcp/introspect'
import type { Link, Params, Reply } from '../../../src/main/gateway/mcp/link'
import { openStdioLink } from '../../../src/main/gateway/mcp/upstream-stdio'
import { Ears, handshake, never, npmServer, target } from '../../support/upstream-rig'

type Answer = (method: string, params: Params) => Reply
const result = (value: unknown): Reply => ({ result: JSON.stringify(value) })
const all = { tools: {}, prompts: {}, resources: {} }
const good = { name: 'good', inputSchema: { type: 'object' } }

/** A link whose upstream answers as the test says. */
function linkTo(answer: Answer, capabilities: Params = all): Link & { readonly asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    initialized: { protocolVersion: '2025-11-25', capabilities, serverInfo: { name: 'x' }, later: 1 },
    request: (method, params = {}) => {
      asked.push(method)
      return Promise.resolve(answer(method, params))
    },
    notify: () => Promise.resolve(),
    respond: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
}
const empty = (method: string): Reply =>
  result({ [method === 'resources/templates/list' ? 'resourceTemplates' : (method.split('/')[0] ?? '')]: [] })
const toolsOnly =
  (tools: unknown): Answer =>
  (method) =>
    method === 'tools/list' ? result({ tools }) : empty(method)
const read = (answer: Answer, capabilities?: Params) => introspect(linkTo(answer, capabilities), 's1', { timeoutMs: 1_000 })

describe('an introspection', () => {
  it('keeps definitions as they came, unknown fields included', async () => {
    const odd = { ...good, title: 'Odd', outputSchema: { type: 'array' }, icons: [{ src: 'x' }], _meta: { a: 1 }, 'x-later': [1] }
    const catalog = await read(toolsOnly([odd]))
    expect(catalog).toMatchObject({ server_id: 's1', initialize: { protocolVersion: '2025-11-25', later: 1 }, problems: [] })
    expect(catalog.tools).toEqual([odd])
    expect(Date.parse(catalog.fetched_at)).toBeGreaterThan(0)
  })

  it('asks only for what is advertised', async () => {
    const link = linkTo(toolsOnly([good]), { tools: {} })
    await introspect(link, 's1', { timeoutMs: 1_000 })
    expect(link.asked).toEqual(['tools/list'])
  })

  it('takes "method not found" for "none"', async () => {
    const catalog = await read((method) =>
      method === 'tools/list' ? result({ tools: [good] }) : { error: { code: -32601, message: 'no' } },
    )
    expect(catalog).toMatchObject({ tools: [good], prompts: [], resources: [], resource_templates: [], problems: [] })
  })

  it('drains every page', async () => {
    const catalog = await read((method, { cursor = '0' }) => {
      if (method !== 'tools/list') return empty(method)
      const page = Number(cursor)
      return result({ tools: [{ ...good, name: `t${page}` }], ...(page < 4 ? { nextCursor: String(page + 1) } : {}) })
    })
    expect(catalog.tools.map((tool) => tool.name)).toEqual(['t0', 't1', 't2', 't3', 't4'])
  })

  it('stops at a cursor that repeats', async () => {
    const catalog = await read((method) => (method === 'tools/list' ? result({ tools: [good], nextCursor: 'again' }) : empty(method)))
    expect(catalog.tools).toHaveLength(1)
    expect(catalog.problems).toContain('tools/list was cut off: the server repeats a cursor')
  })

  it('stops after so many pages', async () => {
    let page = 0
    const link = linkTo((method) => (method === 'tools/list' ? result({ tools: [], nextCursor: String(++page) }) : empty(method)))
    const catalog = await introspect(link, 's1', { timeoutMs: 1_000 })
    expect(link.asked.filter((method) => method === 'tools/list')).toHaveLength(mostPages)
    expect(catalog.problems).toEqual([`tools/list was cut off: more than ${mostPages} pages`])
  })

  it('lists 5,000 tools', async () => {
    const tools = Array.from({ length: 5_000 }, (_, i) => ({ ...good, name: `tool-${i}` }))
    expect((await read(toolsOnly(tools))).tools).toEqual(tools)
  })

  it('keeps so many entries and counts the problems beyond the first', async () => {
    const tools = Array.from({ length: mostItems + 500 }, (_, i) => ({ ...good, name: `tool-${i}` }))
    const catalog = await read(toolsOnly(tools))
    expect(catalog.tools).toHaveLength(mostItems)
    expect(catalog.problems).toHaveLength(mostProblems + 1)
    expect(catalog.problems.at(-1)).toBe('and 400 more')
  })

  it('stops after so many bytes', async () => {
    let page = 0
    const answer: Answer = (method) =>
      method === 'tools/list' ? { result: `{"tools":[],"nextCursor":"${++page}"}${' '.repeat(mostListBytes / 2)}` } : empty(method)
    expect((await read(answer)).problems).toEqual([`tools/list was cut off: more than ${mostListBytes} bytes`])
    expect(page).toBe(2)
  })

  it('leaves out a resource whose URI is too long', async () => {
    const fine = { uri: 'file:///a', name: 'a' }
    const answer: Answer = (method) =>
      method === 'resources/list' ? result({ resources: [fine, { ...fine, uri: `file:///${'x'.repeat(longestUri)}` }] }) : empty(method)
    expect(await read(answer)).toMatchObject({
      resources: [fine],
      problems: [expect.stringContaining(`a uri of more than ${longestUri} characters`)],
    })
  })

  it('keeps what is named __proto__ a name like any other', async () => {
    const answer: Answer = (method) =>
      method === 'tools/list' ? { result: '{"tools":[{"name":"__proto__","inputSchema":{"__proto__":{"polluted":true}}}]}' } : empty(method)
    const catalog = await read(answer)
    expect(catalog.tools).toHaveLength(1)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})

describe('an unusable tool among good ones', () => {
  const nested = (levels: number): unknown => (levels === 0 ? {} : { a: nested(levels - 1) })
  it.each([
    ['is no object', 'x', 'a tool that is no object was left out'],
    ['is null', null, 'a tool that is no object was left out'],
    ['has no name', { inputSchema: {} }, 'a tool without a name was left out'],
    ['has a number for a name', { name: 7, inputSchema: {} }, 'a tool without a name was left out'],
    ['has too long a name', { name: 'n'.repeat(longestName + 1), inputSchema: {} }, `has a name of more than ${longestName} characters`],
    ['has no schema', { name: 'bare' }, 'tool "bare" was left out: it has an inputSchema that is no object'],
    ['has a list for a schema', { name: 'list', inputSchema: [] }, 'it has an inputSchema that is no object'],
    ['has the name of another', good, 'tool "good" was left out: it is listed twice; the first one counts'],
    [
      'describes itself without end',
      { ...good, name: 'talker', description: 'x'.repeat(longestDescription + 1) },
      'description of more than',
    ],
    ['is nested without end', { name: 'deep', inputSchema: nested(200) }, `is nested deeper than ${deepestDefinition} levels`],
    ['is huge', { name: 'huge', inputSchema: { enum: ['x'.repeat(longestDefinition)] } }, `is longer than ${longestDefinition} characters`],
    ['hides its name', { name: '\u202Eevil\n', inputSchema: 1 }, '\\n'],
  ])('that %s is left out and named', async (_what, bad, problem) => {
    const catalog = await read(toolsOnly([good, bad, { ...good, name: 'other' }]))
    expect(catalog.tools.map((tool) => tool.name)).toEqual(['good', 'other'])
    expect(catalog.problems).toEqual([expect.stringContaining(problem)])
  })
})

describe('an upstream that fails while it is listed', () => {
  it('fails the introspection when its tools cannot be listed', async () => {
    await expect(read(() => ({ error: { code: -32603, message: 'database is down' } }))).rejects.toThrow(
      'tools/list failed: database is down',
    )
    await expect(read(toolsOnly({ not: 'a list' }))).rejects.toMatchObject({ code: 'upstream.garbage' })
    await expect(read(() => ({ result: '"text"' }))).rejects.toMatchObject({ code: 'upstream.garbage' })
  })

  it('keeps its tools when something else cannot be listed', async () => {
    const catalog = await read((method) => {
      if (method === 'tools/list') return result({ tools: [good] })
      return method === 'prompts/list' ? { error: { code: -32603, message: 'odd' } } : result({ resources: 'odd' })
    })
    expect(catalog.tools).toEqual([good])
    expect(catalog.problems).toEqual([
      'prompts/list failed: odd',
      'the answer to resources/list holds no list "resources"',
      'the answer to resources/templates/list holds no list "resourceTemplates"',
    ])
  })

  it('passes on why it could not be asked', async () => {
    const link = { ...linkTo(empty), request: () => Promise.reject(new GatewayError('upstream.timeout', 'silent')) }
    await expect(introspect(link, 's1', { timeoutMs: 1_000 })).rejects.toMatchObject({ code: 'upstream.timeout' })
  })
})

describe('the everything server', () => {
  it('is introspected whole', async () => {
    const link = await openStdioLink(target({ name: 'everything', args: [npmServer('everything'), 'stdio'] }), handshake, new Ears(), never)
    const catalog = await introspect(link, 'e', { timeoutMs: 10_000 })
    await link.close()
    expect(catalog.tools.length).toBeGreaterThan(10)
    expect(catalog.prompts.length).toBeGreaterThan(0)
    expect(catalog.resources.length).toBeGreaterThan(0)
    expect(catalog.resource_templates.length).toBeGreaterThan(0)
    expect(catalog.problems).toEqual([])
  })
})
