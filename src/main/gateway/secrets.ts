/** Keeps secret values: the OS keychain, an encrypted file, or memory. Names are the user's (`${keychain:NAME}`). */
export interface Vault {
  /** `keychain`, `file` or `memory`: shown in status, never silent. */
  readonly kind: string
  get(name: string): Promise<string | undefined>
  set(name: string, value: string): Promise<void>
  remove(name: string): Promise<boolean>
}

/** What references may draw on when a connection is opened. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** `${var:NAME}`: taken from headers of the incoming request by `header_vars`. */
  readonly vars: Readonly<Record<string, string>>
  readonly vault: Vault | null
  /** Folder that a relative `${file:}` starts from. */
  readonly folder: string
}
