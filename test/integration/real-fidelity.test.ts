import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ServerDraft } from '../../src/shared/records'
import { built, buildTimeoutMs } from '../support/cli-runner'
import { connectClient } from '../support/gateway-client'
import { openEverything, stdioDraft } from '../support/integration-upstreams'
import { answerOf, connectDirect } from '../support/real-direct'
import { openRealGateway, type RealGateway } from '../support/real-gateway'

/*
 * Real servers say the same through the gateway, a process of its own, as they say to a client that is connected to them directly:
 * every field of every answer, errors too.
 */

const open: (() => Promise<unknown>)[] = []
const ending = (close: () => Promise<unknown>) => void open.push(close)

let gateway: RealGateway
let folder: string
let token: string
beforeAll(async () => {
  await built()
  gateway = await openRealGateway({}, ending)
  token = await gateway.token('agent')
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'fast-gateway-files-')))
  ending(async () => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'a.txt'), 'line one\nline two — ü\n')
  writeFileSync(join(folder, 'dot.png'), Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk', 'base64'))
}, buildTimeoutMs)
afterAll(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

/** A server in the gateway, in a group of its own, and the same server asked directly. */
interface Both {
  readonly name: string
  readonly through: Client
  readonly direct: Client
}

async function connectBoth(draft: ServerDraft): Promise<Both> {
  const { id } = await gateway.add(draft)
  await gateway.group(draft.name, [id])
  const { client } = await connectClient(`${gateway.endpoint}/g/${draft.name}`, { token, ending })
  return { name: draft.name, through: client, direct: await connectDirect(draft, ending) }
}

type Request = readonly [method: string, params: Record<string, unknown>]

/** What a request is called on the other side of the gateway: its tool or prompt has the server's name before it. */
function exposed(name: string, params: Record<string, unknown>): Record<string, unknown> {
  const ref = params.ref as { readonly type: string; readonly name?: string } | undefined
  if (ref?.name !== undefined) return { ...params, ref: { ...ref, name: `${name}_${ref.name}` } }
  return typeof params.name === 'string' ? { ...params, name: `${name}_${params.name}` } : params
}

async function saysTheSame({ name, through, direct }: Both, [method, params]: Request): Promise<unknown> {
  const [given, expected] = await Promise.all([answerOf(through, method, exposed(name, params)), answerOf(direct, method, params)])
  expect(timeless(given), `${method} ${JSON.stringify(params)}`).toEqual(timeless(expected))
  return given
}

const isRefusal = (answer: unknown) => {
  const { code, isError } = answer as { readonly code?: number; readonly isError?: boolean }
  return code !== undefined || isError === true
}

/** server-everything tells the time in what it makes. */
const timeless = (answer: unknown): unknown => JSON.parse(JSON.stringify(answer).replace(/\d{1,2}:\d\d:\d\d [AP]M/g, 'NOW'))

/** A whole list, as the gateway should show it, sorted by name. */
async function listsTheSame({ name, through, direct }: Both, method: string, key: string, prefix: boolean): Promise<void> {
  const items = async (client: Client) => ((await answerOf(client, method, {})) as Record<string, { name: string }[]>)[key] ?? []
  const sorted = (list: readonly { name: string }[]) => [...list].sort((a, b) => (a.name < b.name ? -1 : 1))
  const expected = (await items(direct)).map((item) => (prefix ? { ...item, name: `${name}_${item.name}` } : item))
  expect(expected.length, method).toBeGreaterThan(0)
  expect(sorted(await items(through)), method).toEqual(sorted(expected))
}

const call = (name: string, args: Record<string, unknown> = {}): Request => ['tools/call', { name, arguments: args }]

const calls: readonly Request[] = [
  call('echo', { message: 'grüß "dich"\n\u2028 \u{1F600}' }),
  call('get-sum', { a: 0.1, b: 0.2 }),
  call('get-tiny-image'),
  ...['error', 'success', 'debug'].map((messageType) => call('get-annotated-message', { messageType, includeImage: true })),
  ...['New York', 'Chicago', 'Los Angeles'].map((location) => call('get-structured-content', { location })),
  call('get-resource-links', { count: 10 }),
  call('get-resource-reference', { resourceType: 'Text', resourceId: 3 }),
]
const completable = { type: 'ref/prompt', name: 'completable-prompt' }
const template = { type: 'ref/resource', uri: 'demo://resource/dynamic/text/{resourceId}' }
const promptsAndCompletions: readonly Request[] = [
  ['prompts/get', { name: 'simple-prompt' }],
  ['prompts/get', { name: 'args-prompt', arguments: { city: 'Ulm' } }],
  ['prompts/get', { name: 'resource-prompt', arguments: { resourceType: 'Text', resourceId: '7' } }],
  ['completion/complete', { ref: completable, argument: { name: 'department', value: '' } }],
  [
    'completion/complete',
    { ref: completable, argument: { name: 'name', value: 'A' }, context: { arguments: { department: 'Engineering' } } },
  ],
  ['completion/complete', { ref: template, argument: { name: 'resourceId', value: '12' } }],
]
const resources: readonly Request[] = [
  ['resources/read', { uri: 'demo://resource/static/document/features.md' }],
  ['resources/read', { uri: 'demo://resource/dynamic/text/12' }],
]
const refusals: readonly Request[] = [
  call('get-sum', { a: 'two' }),
  call('get-structured-content', { location: 'Atlantis' }),
  ['prompts/get', { name: 'args-prompt', arguments: {} }],
  ['prompts/get', { name: 'resource-prompt', arguments: { resourceType: 'Text', resourceId: 'none' } }],
  ['resources/read', { uri: 'demo://resource/dynamic/text/none' }],
]

async function connectEverything(transport: string): Promise<Both> {
  if (transport === 'stdio') return connectBoth(stdioDraft('stdio', 'everything', ['stdio']))
  const { url } = await openEverything(transport === 'sse' ? 'sse' : 'streamableHttp', ending)
  return connectBoth({ name: transport, transport: transport === 'sse' ? 'sse' : 'http', url })
}

describe.each(['http', 'sse', 'stdio'])('server-everything over %s says the same as without a gateway', (transport) => {
  let both: Both
  beforeAll(async () => void (both = await connectEverything(transport)))

  it('in its lists', async () => {
    await listsTheSame(both, 'tools/list', 'tools', true)
    await listsTheSame(both, 'prompts/list', 'prompts', true)
    await listsTheSame(both, 'resources/list', 'resources', false)
    await listsTheSame(both, 'resources/templates/list', 'resourceTemplates', false)
  })

  it.each([
    ['calls: text, pictures, annotations, structured content, links and embedded resources', calls],
    ['requests for prompts and completions', promptsAndCompletions],
    ['reads of resources, static and made from a template', resources],
  ])('in answer to %s', async (_what, requests) => {
    for (const request of requests) expect(isRefusal(await saysTheSame(both, request)), JSON.stringify(request)).toBe(false)
  })

  it('in refusing what is wrong', async () => {
    for (const request of refusals) expect(isRefusal(await saysTheSame(both, request)), JSON.stringify(request)).toBe(true)
  })
})

describe('server-filesystem says the same as without a gateway', () => {
  let both: Both
  beforeAll(async () => void (both = await connectBoth(stdioDraft('files', 'filesystem', [folder]))))

  it('in its list of tools', () => listsTheSame(both, 'tools/list', 'tools', true))

  it('of files, pictures, folders, and what is not there or not allowed', async () => {
    const at = (name: string) => join(folder, name)
    await saysTheSame(both, call('read_text_file', { path: at('a.txt') }))
    await saysTheSame(both, call('read_text_file', { path: at('a.txt'), head: 1 }))
    await saysTheSame(both, call('read_media_file', { path: at('dot.png') }))
    await saysTheSame(both, call('read_multiple_files', { paths: [at('a.txt'), at('none')] }))
    await saysTheSame(both, call('list_directory', { path: folder }))
    await saysTheSame(both, call('directory_tree', { path: folder }))
    await saysTheSame(both, call('get_file_info', { path: at('a.txt') }))
    await saysTheSame(both, call('list_allowed_directories'))
    await saysTheSame(both, call('read_text_file', { path: at('none') }))
    await saysTheSame(both, call('read_text_file', { path: '/etc/passwd' }))
  })
})

describe('server-memory', () => {
  it('keeps what it was told through the gateway, and tells it to every session and in the same words', async () => {
    const env = { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') }
    const { id } = await gateway.add(stdioDraft('memory', 'memory', [], { env }))
    await gateway.group('memory', [id])
    const connect = async () => (await connectClient(`${gateway.endpoint}/g/memory`, { token })).client
    const entities = [{ name: 'Ada', entityType: 'person', observations: ['first programmer', 'süß'] }]
    const made = await answerOf(await connect(), ...call('memory_create_entities', { entities }))
    expect(made).toMatchObject({ structuredContent: { entities } })
    const read = await answerOf(await connect(), ...call('memory_read_graph'))
    expect(read).toMatchObject({ structuredContent: { entities, relations: [] } })
    const direct = await connectDirect(stdioDraft('memory', 'memory', [], { env }))
    expect(read).toEqual(await answerOf(direct, ...call('read_graph')))
  })
})
