import type { CatalogTool } from '../../shared/records'
import type { View } from './catalog'
import type { Arguments, CallToolResult, RequestContext } from './hooks'
import type { MetaTool, PluginHost } from './plugin'
import type { CatalogTable } from './store/store'

/** Published limits: hits of one search, and characters of its query and of a description in it. */
export const searchLimits = { hits: 50, query: 1000, description: 160 } as const
const defaultHits = 10
const longestNameTold = 200

/** What the meta-tools need of the gateway. */
export interface MetaToolParts {
  readonly search: CatalogTable['search']
  /** What the caller may see. */
  view(context: RequestContext): Promise<Pick<View, 'tool' | 'tools'>>
  /** Through the whole pipeline, once. @throws GatewayError when refused or failed */
  readonly callTool: PluginHost['callTool']
}

/** search_tools, describe_tool and invoke_tool: the catalogue for models that cannot hold it whole. They see what the caller's own list holds, no more. */
export function createMetaTools(parts: MetaToolParts): readonly MetaTool[] {
  const index = viewIndex()
  return [
    { definition: searchTools, call: async (args, context) => search(parts, index, args, context) },
    { definition: describeTool, call: async (args, context) => describe(await parts.view(context), args) },
    { definition: invokeTool, call: (args, context, signal) => invoke(parts, args, context, signal) },
  ]
}

const string = (description: string) => ({ type: 'string', description })
const objectSchema = (properties: Readonly<Record<string, unknown>>, required: readonly string[]) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})
const readOnly = { readOnlyHint: true, idempotentHint: true, openWorldHint: false }

const hit = objectSchema(
  { name: string('Exposed name.'), description: string('First line.'), tags: { type: 'array', items: { type: 'string' } } },
  ['name', 'description', 'tags'],
)

const searchTools: MetaTool['definition'] = {
  name: 'search_tools',
  title: 'Search tools',
  description:
    'Find tools by words of their name, title, description or parameters, best first. An empty query lists them all. Then use describe_tool and invoke_tool.',
  inputSchema: objectSchema(
    {
      query: { ...string('Words, or beginnings of words, in any language.'), default: '', maxLength: searchLimits.query },
      limit: { type: 'integer', minimum: 1, maximum: searchLimits.hits, default: defaultHits },
    },
    [],
  ),
  outputSchema: objectSchema({ result: { type: 'array', items: hit } }, ['result']),
  annotations: readOnly,
}

const describeTool: MetaTool['definition'] = {
  name: 'describe_tool',
  title: 'Describe a tool',
  description: 'Everything about one tool: description, input and output schema, annotations.',
  inputSchema: objectSchema({ name: string('Name as search_tools gave it.') }, ['name']),
  annotations: readOnly,
}

const invokeTool: MetaTool['definition'] = {
  name: 'invoke_tool',
  title: 'Call a tool',
  description: 'Call a tool by the name that search_tools gave, with arguments that fit the input schema that describe_tool shows.',
  inputSchema: objectSchema(
    { name: string('Name as search_tools gave it.'), arguments: { type: 'object', description: 'Arguments of that tool.', default: {} } },
    ['name'],
  ),
}

const ownNames: ReadonlySet<string> = new Set([searchTools, describeTool, invokeTool].map((definition) => definition.name))

async function search(parts: MetaToolParts, index: ViewIndex, args: Arguments, context: RequestContext): Promise<CallToolResult> {
  const { query = '', limit = defaultHits } = args
  if (typeof query !== 'string' || query.length > searchLimits.query)
    return failed(`"query" must be a text of at most ${searchLimits.query} characters.`)
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1)
    return failed(`"limit" must be a whole number from 1 to ${searchLimits.hits}.`)
  const view = await parts.view(context)
  const found = query.trim() === '' ? view.tools : permitted(parts.search(query), index.of(view))
  const result = first(found, Math.min(limit, searchLimits.hits)).map(summary)
  return answer(result, { result })
}

/** Filtered before anything is cut, so that what is denied never crowds out what is not. */
function* permitted(hits: ReturnType<MetaToolParts['search']>, tools: ReadonlyMap<string, CatalogTool>): Iterable<CatalogTool> {
  for (const { server_id, bare_name } of hits) {
    const tool = tools.get(pairKey(server_id, bare_name))
    if (tool) yield tool
  }
}

function first<Item>(items: Iterable<Item>, count: number): readonly Item[] {
  const taken: Item[] = []
  for (const item of items) {
    taken.push(item)
    if (taken.length === count) break
  }
  return taken
}

const summary = ({ name, description, tags }: CatalogTool) => ({ name, description: firstLine(description ?? ''), tags })

/** Counted in code points, so that no character is cut in two. */
function firstLine(text: string): string {
  const line = /^[^\r\n]*/.exec(text.trimStart().slice(0, 4 * searchLimits.description))?.[0].trimEnd() ?? ''
  const signs = [...line]
  return signs.length <= searchLimits.description ? line : `${signs.slice(0, searchLimits.description - 1).join('')}…`
}

function describe(view: Pick<View, 'tool'>, { name }: Arguments): CallToolResult {
  if (typeof name !== 'string') return failed('"name" must be the name of a tool, as search_tools gives it.')
  const tool = view.tool(name)
  if (!tool) return failed(`No tool named ${JSON.stringify(name.slice(0, longestNameTold))}.`)
  const { title, description, tags, parameters, output_schema, annotations } = tool
  const shown = { name, title, description, tags, input_schema: parameters, output_schema, annotations }
  return answer(shown, shown)
}

async function invoke(parts: MetaToolParts, args: Arguments, context: RequestContext, signal: AbortSignal): Promise<CallToolResult> {
  const { name, arguments: given = {} } = args
  if (typeof name !== 'string') return failed('"name" must be the name of a tool, as search_tools gives it.')
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return failed('"arguments" must be an object.')
  if (ownNames.has(name)) return failed(`${name} is called by itself, not through invoke_tool.`)
  // The context goes on as it came: the host knows by it whose progress and approval this is.
  return parts.callTool(name, given as Arguments, context, { signal })
}

const answer = (text: unknown, structuredContent: unknown): CallToolResult => ({
  content: [{ type: 'text', text: JSON.stringify(text) }],
  structuredContent,
})
const failed = (message: string): CallToolResult => ({ content: [{ type: 'text', text: message }], isError: true })

interface ViewIndex {
  of(view: Pick<View, 'tools'>): ReadonlyMap<string, CatalogTool>
}

/** A view's tools by what the search answers; built once for each view that is searched. */
function viewIndex(): ViewIndex {
  const known = new WeakMap<object, ReadonlyMap<string, CatalogTool>>()
  return {
    of(view) {
      const before = known.get(view)
      if (before) return before
      const tools = new Map(view.tools.map((tool) => [pairKey(tool.server_id, tool.bare_name), tool]))
      known.set(view, tools)
      return tools
    },
  }
}

/** An id holds no line break. */
const pairKey = (serverId: string, bareName: string) => `${serverId}\n${bareName}`
