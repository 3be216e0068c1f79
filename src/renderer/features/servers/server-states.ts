import type { ServerView, UpstreamState } from '../../../shared/records'

/** What a list of servers is split by: need, not alphabet. */
export type Need = 'needs-you' | 'running' | 'not-running'

interface StateLook {
  readonly dot: 'ok' | 'busy' | 'wait' | 'degraded' | 'bad' | 'off'
  readonly word: string
  readonly tone: 'wait' | 'bad' | 't3'
  readonly need: Need
}

/** Mark, word, colour and place in the list of each state. */
export const serverStates: Readonly<Record<UpstreamState, StateLook>> = {
  needs_login: { dot: 'wait', word: 'Needs login', tone: 'wait', need: 'needs-you' },
  needs_trust: { dot: 'wait', word: 'Needs trust', tone: 'wait', need: 'needs-you' },
  ready: { dot: 'ok', word: 'Ready', tone: 't3', need: 'running' },
  connecting: { dot: 'busy', word: 'Connecting', tone: 't3', need: 'running' },
  degraded: { dot: 'degraded', word: 'Degraded', tone: 'wait', need: 'running' },
  failed: { dot: 'bad', word: 'Failed', tone: 'bad', need: 'not-running' },
  disabled: { dot: 'off', word: 'Disabled', tone: 't3', need: 'not-running' },
}

type Place = Pick<ServerView, 'transport' | 'url' | 'command' | 'args'>

const transportWords = { http: 'HTTP', sse: 'SSE', stdio: 'stdio', builtin: 'Built in' } as const

/** How and where, in a few words: `HTTP · api.githubcopilot.com`, `stdio · server-filesystem /code`. */
export function placeText(server: Place): string {
  const where = server.transport === 'stdio' ? commandWords(server) : hostOf(server.url)
  return where === '' ? transportWords[server.transport] : `${transportWords[server.transport]} · ${where}`
}

const hostOf = (url: string | null): string => (url !== null && /^https?:/i.test(url) && URL.canParse(url) ? new URL(url).host : '')

/** The package or file, and what follows it; npx and its like say nothing. */
function commandWords({ command, args }: Place): string {
  const isStarter = /^(?:npx|bunx|uvx|node|python[\d.]*|docker|sh|bash)$/.test(shortWord(command ?? ''))
  const words = [command ?? '', ...args].slice(isStarter ? 1 : 0).filter((word) => !/^-[yi]$|^--yes$|^run$/.test(word))
  const [first = command ?? '', ...rest] = words
  return [shortWord(first), ...rest].join(' ')
}

/** The last part of a path that says something: `@playwright/mcp` whole, `…/server-memory/dist/index.js` as `server-memory`. */
const shortWord = (word: string): string => {
  const parts = word.split(/[\\/]/)
  const last = parts.at(-1) ?? word
  if (/^mcp(?:@|$)/.test(last)) return parts.slice(-2).join('/')
  return parts.findLast((part) => !/^(?:index|main|dist|build|out|lib|src|bin)(?:\.\w+)?$/.test(part)) ?? last
}

/** The state and its reason in one line, or where the server is when all is well. */
export function stateLine(server: ServerView): string {
  const { word } = serverStates[server.state]
  if (server.state === 'ready') return placeText(server)
  if (server.state === 'needs_trust') return server.trusted_command ? `${word}: the command changed` : `${word}: not started yet`
  return server.state_reason === null || server.state === 'needs_login' ? word : `${word}: ${server.state_reason}`
}

/** What a person can do about a state that the reason does not say; null where there is nothing to do. */
export function remedyFor({ state, transport }: Pick<ServerView, 'state' | 'transport'>): string | null {
  const isCommand = transport === 'stdio'
  if (state === 'failed' && isCommand) return 'It is started again by itself, ever less often. Mend the command under Edit, or try now.'
  if (state === 'failed') return 'It is tried again by itself, ever less often. Mend the address or headers under Edit, or try now.'
  if (state === 'degraded') return 'Agents see the tools that were last known. The gateway keeps trying.'
  if (state === 'needs_login')
    return 'Log in below, or put an access token into its Authorization header, kept as a secret. Agents see the tools last known; calls are refused until then.'
  if (state === 'disabled') return 'Nothing connects to it, and agents do not see its tools.'
  return null
}
