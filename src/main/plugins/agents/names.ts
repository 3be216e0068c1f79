import { fieldsOf } from './config-format'

/** A server's name made of what a file calls it: letters, digits, "-". */
export function serverNameOf(key: string): string {
  const name = key
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 48)
    .replace(/-+$/, '')
  return name === '' ? 'server' : name
}

/** The name of a secret of a server's: `github-GITHUB_TOKEN`, `github-authorization`. */
export const secretNameOf = (server: string, field: string): string =>
  `${server}-${field === 'Authorization' ? 'authorization' : field}`.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 120)

/** Hands out each name once, whatever its case: the wanted one, else with a number behind it. */
export function uniqueNames(taken: Iterable<string>, longest: number): (wanted: string) => string {
  const used = new Set([...taken].map((name) => name.toLowerCase()))
  return (wanted) => {
    let name = wanted
    for (let n = 2; used.has(name.toLowerCase()); n++) name = `${wanted.slice(0, longest - 1 - String(n).length)}-${n}`
    used.add(name.toLowerCase())
    return name
  }
}

/** Programs that only start what their first word names. */
const starters = /^(?:npx|bunx|pnpx|uvx|pipx|npm|pnpm|yarn|bun|uv|docker|podman|node|python\d?|deno|cmd)$/
/** Of their flags, those whose next word is a value. */
const withValue = /^(?:-e|-v|-p|--env|--volume|--mount|--name|--network|--from|--python|--with)$/
const between = /^(?:exec|dlx|run|x|tool|\/c|npx|uvx)$/i

/** What to call a server that was pasted without a name: after its host, its package, or its program. */
export function keyOf(entry: unknown): string {
  const { url, serverUrl, httpUrl, command, args } = fieldsOf(entry)
  const address = [url, serverUrl, httpUrl].find((each) => typeof each === 'string')
  if (typeof command !== 'string') return hostKey(typeof address === 'string' ? address : '')
  const program = lastPart(command).replace(/\.(?:exe|cmd|bat|ps1|[cm]?js|py)$/i, '')
  const words = (Array.isArray(args) ? (args as unknown[]) : []).filter((word) => typeof word === 'string')
  const started = starters.test(program)
    ? words.find((word, i) => !word.startsWith('-') && !between.test(word) && !withValue.test(words[i - 1] ?? ''))
    : undefined
  return started === undefined ? program : packageKey(started)
}

/** Behind the last slash or backslash. */
export const lastPart = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)

function packageKey(word: string): string {
  if (/^https?:\/\//i.test(word)) return hostKey(word)
  const bare = lastPart(word)
    .slice(0, 200)
    .replace(/(?:@|:|==)[^@]*$/, '')
  const short = bare.replace(/\.(?:[cm]?js|py|ts)$/, '').replace(/^(?:mcp-server-|server-|mcp-)|(?:-mcp-server|-mcp|-server)$/g, '')
  return short === '' ? 'server' : short
}

function hostKey(url: string): string {
  if (!URL.canParse(url)) return 'server'
  const { hostname } = new URL(url)
  const labels = hostname.split('.')
  return /^[\d.]+$|^\[/.test(hostname) ? 'server' : (labels.at(-2) ?? hostname)
}
