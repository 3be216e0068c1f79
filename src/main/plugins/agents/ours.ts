import { fieldsOf } from './config-format'

/** Where the gateway is reached by agents: `http://127.0.0.1:7411/mcp`; null while it does not listen. */
export type Endpoint = () => string | null

/** Whether a URL is this gateway's endpoint or one of its groups'. */
export function isOwnUrl(url: string, endpoint: string | null): boolean {
  if (endpoint === null || !URL.canParse(url)) return false
  const [asked, own] = [new URL(url), new URL(endpoint)]
  const path = asked.pathname.replace(/\/+$/, '')
  const isOrigin = asked.origin === own.origin || (isHere(asked) && isHere(own) && asked.port === own.port)
  return isOrigin && (path === own.pathname || path.startsWith(`${own.pathname}/g/`))
}

const isHere = ({ hostname, protocol }: URL): boolean =>
  protocol === 'http:' && /^(?:127(?:\.\d+){3}|localhost|\[::1\]|0\.0\.0\.0|\[::\])$/.test(hostname)

/** Whether an agent's entry leads to this gateway, also by a command such as `npx mcp-remote URL`. */
export function isOwnEntry(entry: unknown, endpoint: string | null): boolean {
  const { url, serverUrl, httpUrl, args } = fieldsOf(entry)
  const words = [url, serverUrl, httpUrl, ...(Array.isArray(args) ? (args as unknown[]) : [])]
  return words.some((word) => typeof word === 'string' && isOwnUrl(word, endpoint))
}
