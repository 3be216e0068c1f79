import { unreadable } from './unreadable'

/** A server as it is added to an agent by a command; `entry` may be JSON text. */
export interface Added {
  readonly key: string
  readonly entry: Readonly<Record<string, unknown>> | string
}

interface Told {
  readonly words: string[]
  readonly headers: [string, string][]
  readonly env: [string, string][]
  readonly fields: Record<string, string>
}

/** Options with a value: of `claude mcp add`, `codex mcp add` and `gemini mcp add`. */
const fieldFlags: Readonly<Record<string, string>> = {
  '--url': 'url',
  '--bearer-token-env-var': 'bearer_token_env_var',
  '--transport': 'type',
  '-t': 'type',
}
const ignored: ReadonlySet<string> = new Set(['--scope', '-s', '--client-id', '--callback-port'])

/**
 * What `claude mcp add NAME …`, `claude mcp add-json NAME JSON` or `codex mcp add NAME …` adds; null for every other command.
 * @throws GatewayError `agent.unreadable` when it is one of these, but not a whole one
 */
export function addedBy(words: readonly string[]): Added | null {
  const [program = '', noun, verb = '', ...rest] = words
  if (!/^(?:claude|codex|gemini)$/.test(program) || noun !== 'mcp' || !/^add(?:-json)?$/.test(verb)) return null
  const told = read(rest)
  const [key, target, ...args] = told.words
  if (key === undefined) throw unreadable(`"${program} mcp ${verb}" wants a name and what to add.`)
  if (verb === 'add-json') return { key, entry: target ?? '' }
  const headers = Object.fromEntries(told.headers)
  return { key, entry: { ...told.fields, ...placeOf(told.fields.type, target, args), headers, env: Object.fromEntries(told.env) } }
}

function placeOf(type: string | undefined, target: string | undefined, args: readonly string[]) {
  if (target === undefined) return {}
  const isUrl = type === 'http' || type === 'sse' || /^https?:\/\//i.test(target)
  return isUrl ? { url: target } : { command: target, args }
}

/** Options stand before the command, behind a URL too; everything behind the command or "--" belongs to it. */
function read(words: readonly string[]): Told {
  const told: Told = { words: [], headers: [], env: [], fields: {} }
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    if (word === '--') {
      told.words.push(...words.slice(i + 1))
      break
    }
    if (!word.startsWith('-') || hasCommand(told)) told.words.push(word)
    else if (readFlag(told, word, words[i + 1] ?? '')) i++
  }
  return told
}

const hasCommand = ({ words: [, target] }: Told): boolean => target !== undefined && !/^https?:\/\//i.test(target)

/** @returns whether the next word was its value */
function readFlag(told: Told, word: string, next: string): boolean {
  const [, flag = word, given] = /^(--[\w-]+)=([^]*)$/.exec(word) ?? []
  keepFlag(told, flag, given ?? next)
  return given === undefined
}

function keepFlag({ headers, env, fields }: Told, flag: string, value: string): void {
  const field = Object.hasOwn(fieldFlags, flag) ? fieldFlags[flag] : undefined
  if (field !== undefined) fields[field] = value
  else if (flag === '--header' || flag === '-H') headers.push(split(value, ':'))
  else if (flag === '--env' || flag === '-e') env.push(split(value, '='))
  else if (!ignored.has(flag)) throw unreadable('It has an option that is not known here. Add the server by hand.')
}

function split(text: string, sign: string): [string, string] {
  const at = text.indexOf(sign)
  if (at < 1) throw unreadable(`An option of it is not NAME${sign}VALUE.`)
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}
