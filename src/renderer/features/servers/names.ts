/** Letters of a server's name at most. */
const longest = 48

/** Words that say nothing of what a server is about. */
const idle = new Set([
  'mcp',
  'server',
  'api',
  'www',
  'app',
  'sse',
  'index',
  'main',
  'dist',
  'build',
  'src',
  'bin',
  'lib',
  'latest',
  'run',
  'v1',
])

/** Something that may be a server's name: letters, digits and "-" only, which begins with a letter or digit. */
export const asName = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, longest)
    .replace(/-+$/, '')

/** Without "mcp" and "server" at its ends, unless nothing else is left. */
function plain(text: string): string {
  const parts = asName(text).split('-')
  while (parts.length > 0 && idle.has((parts[0] ?? '').toLowerCase())) parts.shift()
  while (parts.length > 0 && idle.has((parts.at(-1) ?? '').toLowerCase())) parts.pop()
  return parts.join('-')
}

/** `https://mcp.stripe.com/v1` is `stripe`, `http://localhost:3000` is `localhost-3000`. */
export function nameOfUrl(url: string): string {
  const { hostname, port } = new URL(url)
  if (hostname === 'localhost' || /^[\d.]+$|^\[/.test(hostname)) return asName(`${hostname} ${port}`)
  const labels = hostname.split('.')
  const said = labels.slice(0, -1).findLast((label) => !idle.has(label)) ?? hostname
  return plain(said) || asName(hostname)
}

/** Programs that start another one: what they start gives the name. */
const starters = /^(?:npx|bunx|uvx|pipx|uv|pnpm|yarn|npm|bun|node|deno|docker|podman|python[\d.]*|sh|bash|cmd|tsx)(?:\.exe|\.cmd)?$/i
/** Flags whose next word is a value and not what is started. */
const valued = /^(?:-e|--env|-v|--volume|--mount|-p|--publish|--name|--network|--from|--package|--env-file|--directory)$/

/** `npx -y @modelcontextprotocol/server-filesystem /tmp` is `filesystem`, `uvx postgres-mcp` is `postgres`. */
export function nameOfCommand(command: string, args: readonly string[]): string {
  const program = fileOf(command)
  const words = starters.test(program) ? startedBy(args) : [command]
  return words.map(nameOfWord).find((name) => name !== '') ?? asName(program.replace(/\.\w+$/, ''))
}

const fileOf = (path: string): string => path.split(/[\\/]/).at(-1) ?? path

const startedBy = (args: readonly string[]): readonly string[] =>
  args.filter(
    (word, index) => !word.startsWith('-') && !valued.test(args[index - 1] ?? '') && !/^(?:run|exec|dlx|x|tool|compose)$/.test(word),
  )

/** The last part that says something: of a package its name, else its scope; of a path the file, else its folders. */
function nameOfWord(word: string): string {
  const parts = word
    .replace(/(?<=[^@/])@[^/]*$/, '')
    .replace(/:[\w.-]+$/, '')
    .replace(/\.(?:m?js|cjs|ts|py|exe|jar|sh)$/, '')
    .split(/[\\/]/)
  return (
    parts
      .toReversed()
      .map(plain)
      .find((part) => part !== '') ?? ''
  )
}

/** The name, or the name with the first free number behind it. Names that differ in case only are alike. */
export function freeName(name: string, taken: readonly string[]): string {
  const used = new Set(taken.map((each) => each.toLowerCase()))
  const base = name === '' ? 'server' : name
  if (!used.has(base.toLowerCase())) return base
  for (let number = 2; ; number += 1) {
    const next = `${base.slice(0, longest - 5)}-${number}`
    if (!used.has(next.toLowerCase())) return next
  }
}
