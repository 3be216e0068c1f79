import type { UpstreamCatalog } from '../../../shared/records'
import { nameWords, words } from './words'

/** Where one tool is: what a search answers with. */
export interface ToolRef {
  readonly server_id: string
  readonly bare_name: string
}

/** The words of one tool by field, in the order of `fieldWeights`. */
export type ToolText = readonly [
  name: readonly string[],
  title: readonly string[],
  description: readonly string[],
  parameters: readonly string[],
]

/** How much a hit counts in name, title, description, parameter names. */
export const fieldWeights = [10, 5, 2, 1] as const

/** Names of parameters beyond these are not searched, nor what is beyond so many characters of one. */
const MAX_PARAMETERS = 200
const MAX_PARAMETER_NAME = 80

/** Every tool of a catalogue that has a name, in its order. */
export function toolRefs(catalog: UpstreamCatalog): ToolRef[] {
  return catalog.tools.flatMap((tool) => (typeof tool.name === 'string' ? [{ server_id: catalog.server_id, bare_name: tool.name }] : []))
}

/** Every tool of a catalogue that has a name, with its words. Definitions come from upstreams: nothing in them is taken for granted. */
export function toolTexts(catalog: UpstreamCatalog): { readonly ref: ToolRef; readonly text: ToolText }[] {
  return catalog.tools.flatMap((tool) => {
    const name = tool.name
    return typeof name === 'string' ? [{ ref: { server_id: catalog.server_id, bare_name: name }, text: textOf(name, tool) }] : []
  })
}

function textOf(name: string, tool: Readonly<Record<string, unknown>>): ToolText {
  const title = tool.title ?? field(tool.annotations, 'title')
  return [nameWords(name), wordsOf(title), wordsOf(tool.description), parameterNames(tool.inputSchema).flatMap(words)]
}

const wordsOf = (value: unknown): string[] => (typeof value === 'string' ? words(value) : [])

const field = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined

function parameterNames(inputSchema: unknown): string[] {
  const properties = field(inputSchema, 'properties')
  if (typeof properties !== 'object' || properties === null) return []
  const names = Object.keys(properties).slice(0, MAX_PARAMETERS)
  return names.map((name) => name.slice(0, MAX_PARAMETER_NAME))
}
