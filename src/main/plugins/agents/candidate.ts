import { isAbsolute } from 'node:path'
import type { ImportCandidate } from '../../../shared/agents'
import { GatewayError } from '../../../shared/errors'
import { ServerDraft } from '../../../shared/records'
import { isSecretFlag, isSecretName } from './mask'
import { behindMcpRemote } from './mcp-remote'
import { secretNameOf } from './names'
import { readEntry, type RawServer } from './raw-server'
import { mapReferences, type Origin } from './references'
import { holdsSecret, redacted, vaulted, type FoundSecret, type SecretField } from './vaulted'

/** A server as some file names it. */
export interface FoundServer {
  readonly key: string
  readonly entry: unknown
  /** The folder of the project that it belongs to; null for the user's own. */
  readonly project: string | null
}

/** A candidate, and the secrets that go to the vault with it: the only place where they are. */
export interface Candidate {
  readonly shown: ImportCandidate
  readonly secrets: readonly FoundSecret[]
}

/** What a candidate is made with. */
export interface CandidateParts {
  readonly origin: Origin
  /** A name that no server has. */
  readonly name: string
  readonly renamed: boolean
  /** A name of which the vault holds nothing. */
  secretName(wanted: string): string
  /** Why no secret can be kept now; null when it can. */
  readonly vaultProblem: string | null
}

/** What an entry becomes here. Whatever is wrong with it is its problem: this never throws. */
export function candidateOf({ key, entry }: FoundServer, parts: CandidateParts): Candidate {
  const { name, renamed } = parts
  try {
    const raw = readEntry(entry)
    const reading = new Reading(parts)
    const draft = reading.draftOf(behindMcpRemote(raw) ?? raw)
    const checked = ServerDraft.safeParse(draft)
    if (!checked.success) return refused(key, parts, flawOf(checked.error.issues[0]?.path ?? []))
    const secrets = reading.secrets.map(({ field, name }) => ({ field, name }))
    return { shown: { key, draft: checked.data, secrets, renamed, problem: reading.whyNot() }, secrets: reading.secrets }
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown
    return refused(key, { name, renamed }, thrown.message)
  }
}

const refused = (key: string, { name, renamed }: Pick<CandidateParts, 'name' | 'renamed'>, problem: string): Candidate => ({
  shown: { key, draft: { name }, secrets: [], renamed, problem },
  secrets: [],
})

const flawOf = (path: readonly PropertyKey[]): string =>
  `Its ${String(path[0] ?? 'entry')} is not one that the gateway could use. Add the server by hand.`

/** One entry being turned into a draft: its secrets, and the first thing that is wrong with it. */
class Reading {
  readonly secrets: FoundSecret[] = []
  #problem: string | null = null

  constructor(private readonly parts: CandidateParts) {}

  /** Why it cannot be imported as it is. */
  whyNot(): string | null {
    return this.#problem ?? (this.secrets.length > 0 ? this.parts.vaultProblem : null)
  }

  draftOf(server: RawServer): unknown {
    const { allow, deny, timeoutSeconds, enabled, transport } = server
    return {
      ...{ name: this.parts.name, transport },
      ...(transport === 'stdio' ? this.#command(server) : this.#endpoint(server)),
      ...(allow.length > 0 ? { allow: [...allow] } : {}),
      ...(deny.length > 0 ? { deny: [...deny] } : {}),
      ...(timeoutSeconds === null ? {} : { timeout_seconds: timeoutSeconds }),
      ...(enabled ? {} : { enabled }),
    }
  }

  #command({ command, args, env, cwd }: RawServer): Partial<ServerDraft> {
    const folder = cwd === null ? null : this.#plain('cwd', cwd)
    if (folder !== null && !isAbsolute(folder)) this.#blame('Its cwd is not an absolute path. Write the whole path out.')
    return {
      command: this.#plain('command', command ?? ''),
      ...(args.length > 0 ? { args: this.#args(args) } : {}),
      ...(Object.keys(env).length > 0 ? { env: this.#pairs('env', env) } : {}),
      ...(folder === null ? {} : { cwd: folder }),
    }
  }

  /** Arguments are seen by every program of the machine, and take no references. */
  #args(args: readonly string[]): string[] {
    return args.map((arg, index) => {
      const before = args[index - 1] ?? ''
      const text = this.#mapped('args', arg, false)
      const isSecret = isValueOfSecret(before, arg) || holdsSecret(text) || holdsSecret(`${before} ${text}`.trim())
      if (!isSecret) return text
      this.#blame(
        'Its arguments hold a secret, which the gateway keeps in env and headers only. Add the server by hand, with the secret in its env.',
      )
      return redacted
    })
  }

  #endpoint({ url, headers }: RawServer): Partial<ServerDraft> {
    const { address, authorization } = withoutUser(this.#mapped('url', url ?? '', false))
    const given = authorization !== null && !hasAuthorization(headers) ? { ...headers, Authorization: authorization } : headers
    return {
      url: this.#address(address),
      ...(Object.keys(given).length > 0 ? { static_headers: this.#pairs('static_headers', given) } : {}),
    }
  }

  #address(text: string): string {
    if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
      this.#blame('Its url does not begin with http:// or https://.')
      return holdsSecret(text) ? redacted : text
    }
    const url = new URL(text)
    const names = [...url.searchParams]
      .filter(([name, value]) => value !== '' && (isSecretName(name) || holdsSecret(value)))
      .map(([name]) => name)
    if (names.length === 0 && !holdsSecret(text)) return text
    this.#blame(
      'Its url holds a secret, which the gateway keeps in headers only. Add the server by hand, with the secret in a header if the server takes it there.',
    )
    for (const name of names) url.searchParams.set(name, redacted)
    const masked = url.href
    return holdsSecret(masked) ? `${url.origin}/` : masked
  }

  #pairs(field: SecretField, pairs: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(pairs).map(([key, value]) => [key, this.#vaulted(field, key, value)]))
  }

  #vaulted(field: SecretField, key: string, value: string): string {
    const text = this.#mapped(`${field}.${key}`, value, true)
    const answer = vaulted(field, key, text, () => this.parts.secretName(secretNameOf(this.parts.name, key)))
    if ('problem' in answer) this.#blame(answer.problem)
    else if (answer.secret) this.secrets.push(answer.secret)
    return answer.text
  }

  #plain(field: string, value: string): string {
    const text = this.#mapped(field, value, false)
    if (!holdsSecret(text)) return text
    this.#blame(`Its ${field} holds a secret. Add the server by hand.`)
    return redacted
  }

  #mapped(field: string, value: string, isResolved: boolean): string {
    const { text, problem } = mapReferences(value, this.parts.origin, { field, isResolved })
    if (problem !== null) this.#blame(problem)
    return text
  }

  #blame(problem: string): void {
    this.#problem ??= problem
  }
}

/** `--token abc`; not `--max-tokens 4096`, `--key-file /path`, `--auth true`. */
const isValueOfSecret = (flag: string, value: string): boolean =>
  isSecretFlag(flag) &&
  !/[_-](?:file|path|dir|url|uri|id|ttl|name|count|limit|type)$/i.test(flag) &&
  !/^-|^\$\{|^(?:\d{1,9}|true|false)?$/.test(value)

const hasAuthorization = (headers: RawServer['headers']) => Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')

/** User and password of a URL as the header that they stand for. */
function withoutUser(text: string): { readonly address: string; readonly authorization: string | null } {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || (url.username === '' && url.password === '')) return { address: text, authorization: null }
  const pair = `${decoded(url.username)}:${decoded(url.password)}`
  url.username = ''
  url.password = ''
  return { address: url.href, authorization: `Basic ${Buffer.from(pair, 'utf8').toString('base64')}` }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
