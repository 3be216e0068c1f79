import { z } from 'zod'
import { AgentEntry, AgentId, AgentUndo, ImportRequest, type ImportCandidate, type ImportSource } from '../../../shared/agents'
import type { ChangeDetail } from '../../../shared/changes'
import { GatewayError } from '../../../shared/errors'
import type { ChangeDraft, ChangeRequest, HoldRule } from '../../gateway/plugin'
import { changedSince } from './config-file'
import type { Connections } from './connect'
import type { Imports } from './import'

/** What is asked what a change would do. */
export interface HoldParts {
  readonly connections: Pick<Connections, 'list' | 'preview'>
  readonly imports: Pick<Imports, 'sources' | 'parse'>
}

/** Whatever is written into another program's config, or made a server of what stands there. */
export const agentHolds = (load: () => Promise<HoldParts>): HoldRule[] => [
  { method: 'POST', path: '/{id}/preview', passes: 'Reads only.' },
  { method: 'POST', path: '/{id}/write', describe: async (request) => written((await load()).connections, request) },
  { method: 'POST', path: '/{id}/undo', describe: async (request) => undone((await load()).connections, request) },
  { method: 'POST', path: '/import/parse', passes: 'Reads only.' },
  { method: 'POST', path: '/import', describe: async ({ body }) => imported((await load()).imports, checked(ImportRequest, body)) },
]

function written(connections: HoldParts['connections'], { params, body }: ChangeRequest): ChangeDraft {
  const id = checked(AgentId, params.id)
  const { file, before, after, version } = connections.preview(id, checked(AgentEntry, body))
  const title = `Write the gateway into the config of ${titleOf(connections, id)}`
  return { kind: 'agent.write', title, details: [{ label: file, ...differing(before, after) }], about: version }
}

/** What is between the lines that both begin and end with. */
function differing(before: string | null, after: string): Pick<ChangeDetail, 'before' | 'after'> {
  if (before === null) return { before, after }
  const [old, now] = [before.split('\n'), after.split('\n')]
  const most = Math.min(old.length, now.length)
  let start = 0
  while (start < most && old[start] === now[start]) start++
  let end = 0
  while (end < most - start && old.at(-1 - end) === now.at(-1 - end)) end++
  const part = (lines: readonly string[]) => lines.slice(start, lines.length - end).join('\n') || null
  return { before: part(old), after: part(now) }
}

function undone(connections: HoldParts['connections'], { params, body = {} }: ChangeRequest): ChangeDraft {
  const id = checked(AgentId, params.id)
  const { what } = checked(AgentUndo, body)
  const agent = connections.list().find((each) => each.id === id)
  const after = what === 'file' ? 'every byte as before the latest write' : 'as it is, without what the gateway wrote'
  const details = [{ label: agent?.file ?? id, before: 'as it is now', after }]
  return { kind: 'agent.write', title: `Undo what was written into the config of ${agent?.title ?? id}`, details, about: agent?.written_at }
}

async function imported(imports: HoldParts['imports'], request: ImportRequest): Promise<ChangeDraft> {
  const { source, picks } = request
  const found = await sourceOf(imports, source)
  requireVersion(request, found)
  const details = picks.map(({ key, name }) => pickOf(found, key, name))
  return { kind: 'server.add', title: `Add ${picks.length} servers from: ${found.title}`, details, about: found.version }
}

/** What is added is read once more after the confirmation, and is then what was shown only if the request says which that is. */
function requireVersion({ source, version }: ImportRequest, found: ImportSource): void {
  if (typeof source !== 'string' || found.version === undefined) return
  if (version === undefined)
    throw new GatewayError('input.invalid', 'Give the "version" of the file that the list of files names, so that no other is imported.')
  if (version !== found.version) throw changedSince(found.file ?? found.title)
}

async function sourceOf(imports: HoldParts['imports'], source: ImportRequest['source']): Promise<ImportSource> {
  if (typeof source !== 'string') return imports.parse(source.text)
  const found = (await imports.sources()).find(({ id }) => id === source)
  if (found) return found
  throw new GatewayError('agent.not_found', `There is no config called ${JSON.stringify(source.slice(0, 64))} to import from.`)
}

function pickOf({ candidates }: ImportSource, key: string, name: string): ChangeDetail {
  const candidate = candidates.find((each) => each.key === key)
  if (!candidate) throw new GatewayError('agent.not_found', `There is no server ${JSON.stringify(key.slice(0, 64))} to import.`)
  return { label: name, before: null, after: wordsOf(candidate) }
}

const wordsOf = ({ draft, secrets }: ImportCandidate): string =>
  [
    JSON.stringify({ ...draft, name: undefined }, null, 2),
    ...secrets.map(({ field, name }) => `${field}: moves to the vault, as ${name}`),
  ].join('\n')

const titleOf = (connections: HoldParts['connections'], id: AgentId) => connections.list().find((each) => each.id === id)?.title ?? id

function checked<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  throw new GatewayError('input.invalid', `The input is not valid: ${z.prettifyError(parsed.error).slice(0, 1000)}`)
}
