import { addedBy } from './added-by'
import type { FoundServer } from './candidate'
import { fieldsOf, serversIn } from './config-format'
import { parseJsonText } from './json-text'
import { keyOf } from './names'
import { parseTomlText } from './toml-text'
import { unreadable } from './unreadable'
import { wordsOf } from './words'

/** Characters of the longest text that is looked at. */
export const longestPaste = 1_000_000

const sections = ['mcpServers', 'servers', 'mcp_servers', 'mcp'] as const

/**
 * The servers in what a person has copied from somewhere: a URL, a command line, what is typed to add one to an agent
 * (`claude mcp add …`), a whole config in JSON or TOML, its block of servers, or a single entry.
 * @throws GatewayError `agent.unreadable`
 */
export function pastedServers(pasted: string): FoundServer[] {
  const text = unfenced(pasted)
  const servers = serversPasted(text)
  if (servers.length === 0) throw unreadable('It names no server: paste a URL, a command, or a config with its "mcpServers".')
  return servers.map(([key, entry]) => ({ key, entry, project: null }))
}

type Servers = [key: string, entry: unknown][]

/** Without a byte order mark, and without the fence that it had in a text. */
const unfenced = (text: string): string =>
  text
    .replace(/^\uFEFF/, '')
    .trim()
    .replace(/^```[\w-]*\r?\n([^]*?)\r?\n?```$/, '$1')
    .trim()

function serversPasted(text: string): Servers {
  if (/^https?:\/\/\S+$/i.test(text)) return alone({ url: text })
  const bare = text.replace(/^(?:\s+|\/\/[^\n]*(?:\n|$)|\/\*[^]*?\*\/)+/, '')
  if (bare.startsWith('{')) return serversOf(parseJsonText(text))
  if (bare.startsWith('"')) return serversOf(parseJsonText(`{${text}\n}`))
  if (/^[ \t]*(?:\[[^\]\n]+\][ \t]*(?:#.*)?\r?$|[\w-]+[ \t]*=[ \t]*["[{])/m.test(text)) return serversOf(parseTomlText(text))
  return fromCommand(text)
}

const alone = (entry: Readonly<Record<string, unknown>>): Servers => [[keyOf(entry), entry]]

const isEntry = (value: unknown): boolean => {
  const { command, url, serverUrl, httpUrl } = fieldsOf(value)
  return [command, url, serverUrl, httpUrl].some((each) => typeof each === 'string')
}

function serversOf(root: unknown): Servers {
  const fields = fieldsOf(root)
  if (isEntry(root)) return alone(fields)
  const section = sections.find((each) => Object.hasOwn(fields, each) && !isEntry(fields[each]))
  if (section === undefined) return Object.entries(fields).filter(([, entry]) => isEntry(entry))
  // VS Code's settings hold the list one step deeper: "mcp": { "servers": … }.
  return section === 'mcp' ? serversOf(fields.mcp) : serversIn(root, section)
}

function fromCommand(text: string): Servers {
  const lines = wordsOf(text)
  const [words] = lines
  if (!words || lines.length > 1) throw unreadable('It is more than one command; paste them one at a time.')
  const added = addedBy(words)
  if (added) return [[added.key, typeof added.entry === 'string' ? parseJsonText(added.entry) : added.entry]]
  const start = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word))
  if (start === -1) throw unreadable('It sets variables, but names no command.')
  const [command = '', ...args] = words.slice(start)
  const env = Object.fromEntries(words.slice(0, start).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]))
  return alone({ command, args, ...(start > 0 ? { env } : {}) })
}
