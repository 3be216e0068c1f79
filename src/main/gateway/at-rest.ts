import { toGatewayError } from '../../shared/errors'
import type { ServerRecord } from '../../shared/records'
import { trustHash } from './mcp/upstream'
import { resolveSecrets, secretNamesIn, type SecretSources } from './secrets'
import { checkDriver, lookIntoStore, type StoreLook } from './store/look'

/** A server as it is registered, while nothing runs. */
export interface ServerAtRest extends Pick<ServerRecord, 'name' | 'transport' | 'command' | 'cwd' | 'enabled' | 'auth'> {
  /** A person has confirmed its command, or it has none. */
  readonly trusted: boolean
  /** Where it listens; null for a command, and where its address is not known without a secret. */
  readonly address: { readonly host: string; readonly port: number } | null
  readonly needsVault: boolean
  /** What its references say that lead nowhere, each with what to do; `${var:}` is known with a request only. */
  readonly unresolved: readonly string[]
}

/** A gateway without its process: what its files say. */
export interface GatewayAtRest {
  readonly store: StoreLook['state']
  readonly servers: readonly ServerAtRest[]
}

/**
 * Reads a registry and looks its servers' references up; starts, connects and changes nothing.
 * @param sources without a vault its references are left alone
 * @throws GatewayError `store.newer`, `store.unavailable`; what Node says where the database driver does not load
 */
export async function lookAtRest(databaseFile: string, sources: Omit<SecretSources, 'vars'>): Promise<GatewayAtRest> {
  checkDriver()
  const { state, servers } = lookIntoStore(databaseFile)
  return { store: state, servers: await Promise.all(servers.map((record) => atRest(record, sources))) }
}

async function atRest(record: ServerRecord, sources: Omit<SecretSources, 'vars'>): Promise<ServerAtRest> {
  const { name, transport, command, cwd, enabled, auth } = record
  const hash = trustHash(record)
  const texts = textsOf(record)
  return {
    ...{ name, transport, command, cwd, enabled, auth },
    trusted: hash === null || hash === record.trusted_hash,
    address: record.url === null ? null : addressIn(record.url),
    needsVault: auth === 'oauth' || texts.some(([, text]) => secretNamesIn(text).length > 0),
    unresolved: await unresolvedIn(texts, sources),
  }
}

type Field = readonly [field: string, text: string]

function textsOf({ url, static_headers, env, oauth_client_secret }: ServerRecord): Field[] {
  const of = (what: string, texts: Readonly<Record<string, string>>) =>
    Object.entries(texts).map(([key, text]): Field => [`${what}.${key}`, text])
  return [
    ['url', url ?? ''],
    ...of('static_headers', static_headers),
    ...of('env', env),
    ['oauth_client_secret', oauth_client_secret ?? ''],
  ]
}

async function unresolvedIn(texts: readonly Field[], sources: Omit<SecretSources, 'vars'>): Promise<string[]> {
  const unknown = sources.vault ? /\$\{var:[^{}]*\}/g : /\$\{(?:var|keychain):[^{}]*\}/g
  const failures = texts.map(([field, text]) =>
    resolveSecrets(text.replace(unknown, ''), { ...sources, vars: {} }, field).then(
      () => [],
      (thrown: unknown) => [toGatewayError(thrown).message],
    ),
  )
  return (await Promise.all(failures)).flat()
}

const defaultPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

function addressIn(text: string): ServerAtRest['address'] {
  if (!URL.canParse(text)) return null
  const { protocol, hostname, port } = new URL(text)
  const number = port === '' ? defaultPorts[protocol] : Number(port)
  if (number === undefined || /[${}]|%24/.test(hostname)) return null
  return { host: hostname.replace(/^\[|\]$/g, ''), port: number }
}
