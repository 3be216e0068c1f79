import { lastPart } from './names'
import { isSseUrl, type RawServer } from './raw-server'

/** Flags of mcp-remote that say nothing about the server (github.com/geelen/mcp-remote, `parseCommandLineArgs`). */
const silent: ReadonlySet<string> = new Set(['--allow-http', '--debug', '--silent', '--enable-proxy'])
const silentWithValue: ReadonlySet<string> = new Set(['--host', '--auth-timeout', '--resource'])

interface Said {
  url: string | null
  readonly headers: Record<string, string>
  readonly deny: string[]
  strategy: string
}

/**
 * The HTTP server that a command such as `npx mcp-remote URL --header "Name: value"` stands for, variables of its own filled in.
 * @returns null for every other command, and for flags that have no counterpart here
 */
export function behindMcpRemote(server: RawServer): RawServer | null {
  const words = argumentsOf(server)
  const said = words && read(words)
  if (!said?.url || !/^https?:\/\//i.test(said.url)) return null
  const headers = Object.entries(said.headers).map(([name, value]) => [name, filledIn(value, server.env)] as const)
  return {
    ...server,
    ...{ command: null, args: [], env: {}, cwd: null, url: said.url, headers: Object.fromEntries(headers) },
    transport: said.strategy.startsWith('sse') || (said.strategy !== 'http-only' && isSseUrl(said.url)) ? 'sse' : 'http',
    deny: [...server.deny, ...said.deny],
  }
}

/** What stands behind the package's name, whichever program runs it. */
function argumentsOf({ command, args }: RawServer): readonly string[] | null {
  const words = [programOf(command ?? ''), ...args]
  if (words[0] === 'cmd' && /^\/c$/i.test(words[1] ?? '')) words.splice(0, 3, programOf(words[2] ?? ''))
  const rest = words[0] === 'cmd' ? [] : words
  const position = rest.findIndex((word) => /^mcp-remote(?:@[\w.^~-]+)?$/.test(word))
  const isRun = rest
    .slice(0, position)
    .every((word, i) => (i === 0 ? /^(?:npx|bunx|pnpx|npm|pnpm|yarn|bun)$/.test(word) : /^(?:-\w|--[\w-]+|exec|x|dlx)$/.test(word)))
  return position === -1 || !isRun ? null : rest.slice(position + 1)
}

const programOf = (command: string): string =>
  lastPart(command)
    .toLowerCase()
    .replace(/\.(?:cmd|exe|ps1|bat)$/, '')

function read(words: readonly string[]): Said | null {
  const said: Said = { url: null, headers: {}, deny: [], strategy: 'http-first' }
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    if (silent.has(word)) continue
    if (!word.startsWith('--')) {
      said.url ??= word
      continue
    }
    const value = words[++i]
    if (value === undefined || !readFlag(said, word, value)) return null
  }
  return said
}

function readFlag(said: Said, flag: string, value: string): boolean {
  if (flag === '--header') {
    const [, name, rest] = /^([A-Za-z0-9_-]+):\s*([^]*)$/.exec(value) ?? []
    if (name !== undefined) said.headers[name] = rest ?? ''
    return name !== undefined
  }
  if (flag === '--transport') said.strategy = value
  else if (flag === '--ignore-tool') said.deny.push(value)
  else return silentWithValue.has(flag)
  return true
}

/** mcp-remote fills in `${NAME}` from the environment that the agent gives it. */
const filledIn = (value: string, env: RawServer['env']): string =>
  value.replace(/\$\{([^{}]+)\}/g, (whole, name: string) => (Object.hasOwn(env, name) ? (env[name] ?? '') : whole))
