import { GatewayError } from '../../shared/errors'
import { rememberSecret } from '../../shared/known-secrets'
import type { ServerRecord } from '../../shared/records'
import type { SecretList, SecretView } from '../../shared/secrets'
import { isOwnEntry, secretNamesIn, type Vault } from './secrets'

/** What the admin routes for secrets need. No value ever comes back. */
export interface Secrets {
  /** What there is and where; empty while the vault cannot be read. Never throws for a locked vault: `vault` says so. */
  list(): Promise<SecretList>
  /** @throws GatewayError `vault.unavailable`: it was then not kept, or the keychain does not say yet */
  set(name: string, value: string): Promise<SecretView>
  /** @throws GatewayError `secret.not_found`, `vault.unavailable` */
  remove(name: string): Promise<void>
}

/** The servers, as far as secrets are concerned. */
export type SecretUser = Pick<ServerRecord, 'name' | 'url' | 'static_headers' | 'env' | 'oauth_client_secret'>

/** @param servers asked each time */
export function createSecrets(vault: Vault | null, servers: () => readonly SecretUser[]): Secrets {
  const open = (): Vault => {
    if (vault) return vault
    throw new GatewayError('vault.unavailable', 'This gateway was made without a vault: hand one to createGateway, or use ${env:NAME}.')
  }
  const view = (name: string, updated_at: string | null): SecretView => ({
    name,
    updated_at,
    used_by: servers().flatMap((server) => (refersTo(server, name) ? [server.name] : [])),
  })
  return {
    async list() {
      const status = vault ? await vault.status() : noVault
      const found = vault && status.state === 'ready' ? await vault.list() : []
      return { vault: status, secrets: found.filter(({ name }) => !isOwnEntry(name)).map(({ name, updated_at: at }) => view(name, at)) }
    },
    async set(name, value) {
      await open().set(name, value)
      return view(name, new Date().toISOString())
    },
    async remove(name) {
      if (await open().remove(name)) return
      throw new GatewayError('secret.not_found', `There is no secret "${name}"; "fast-gateway secret list" shows which there are.`)
    },
  }
}

const noVault = { kind: 'none', state: 'unavailable', detail: 'This gateway was made without a vault.' } as const

/** Whether a server's settings hold `${keychain:name}`. */
export function refersTo({ url, static_headers, env, oauth_client_secret }: SecretUser, name: string): boolean {
  const texts = [...Object.values(static_headers), ...Object.values(env), url ?? '', oauth_client_secret ?? '']
  return texts.some((text) => secretNamesIn(text).includes(name))
}

/**
 * The same vault; what goes in or out is masked from then on, and each change is told once it is done. What the gateway itself keeps
 * there is masked, part by part, by who keeps it, and is nobody's business.
 */
export function watchVault(vault: Vault, onChange: (name: string) => void): Vault {
  const changed = (name: string) => {
    if (!isOwnEntry(name)) onChange(name)
  }
  return {
    get kind() {
      return vault.kind
    },
    status: () => vault.status(),
    list: () => vault.list(),
    async get(name) {
      const value = await vault.get(name)
      if (value !== undefined && !isOwnEntry(name)) rememberSecret(value)
      return value
    },
    async set(name, value) {
      // Before it is kept: what goes wrong may be told with it.
      if (!isOwnEntry(name)) rememberSecret(value)
      await vault.set(name, value)
      changed(name)
    },
    async remove(name) {
      const was = await vault.remove(name)
      if (was) changed(name)
      return was
    },
  }
}
