import { GatewayError } from '../../shared/errors'
import type { VaultStatus } from '../../shared/secrets'
import type { Vault } from '../gateway/secrets'
import { createLane, TooLate } from './lane'

/** What we need of keytar. */
export interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>
  setPassword(service: string, account: string, password: string): Promise<void>
  deletePassword(service: string, account: string): Promise<boolean>
  findCredentials(service: string): Promise<readonly { readonly account: string }[]>
}

/** How the keychain is reached; the times are milliseconds. */
export interface KeychainOptions {
  load(): Promise<Keytar>
  /** Until a keychain that does not answer counts as locked. */
  readonly patienceMs?: number
  /** After a locked keychain nobody is asked for its password again by a mere reading, twice as long each time, at most six times. */
  readonly restMs?: number
}

/** Whose entries ours are. */
export const service = 'fast-gateway'
/** No name of a secret begins so. Where it can be read the keychain is open: a locked one answers as if nothing were in it. */
const sentinel = '.open'
const patienceMs = 15_000
const firstRestMs = 10_000
const mostRests = 6
/** What the Windows credential store takes for one entry. */
const mostBytesOnWindows = 2560

type State = Exclude<VaultStatus['state'], 'ready'>

/** The OS keychain through keytar: macOS Keychain, Windows Credential Manager, Secret Service on Linux. */
export function createKeychainVault(options: KeychainOptions): Vault {
  const lane = createLane(options.patienceMs ?? patienceMs)
  const rest = createRest(options.restMs ?? firstRestMs)
  const ask = async <T>(work: (keytar: Keytar) => Promise<T>): Promise<T> => {
    try {
      const answer = await lane(async () => work(await options.load()))
      rest.end()
      return answer
    } catch (thrown) {
      const failure = failureOf(thrown)
      if (failure.state === 'locked') rest.begin()
      throw failure.error
    }
  }
  return {
    kind: 'keychain',
    status: () => ask(requireOpen).then(ready, notReady),
    list: () => ask(names),
    async get(name) {
      if (rest.isOn()) throw locked()
      return ask((keytar) => lookUp(keytar, name))
    },
    async set(name, value) {
      requireFitting(value)
      await ask((keytar) => store(keytar, name, value))
    },
    remove: (name) =>
      ask(async (keytar) => {
        if (await keytar.deletePassword(service, name)) return true
        await requireOpen(keytar)
        return false
      }),
  }
}

async function lookUp(keytar: Keytar, name: string): Promise<string | undefined> {
  const value = await keytar.getPassword(service, name)
  if (value === null) await requireOpen(keytar)
  return value ?? undefined
}

/** Read back: some keychains cut what they do not like. */
async function store(keytar: Keytar, name: string, value: string): Promise<void> {
  await keytar.setPassword(service, name, value)
  if ((await keytar.getPassword(service, name)) === value) return
  throw new GatewayError(
    'vault.unavailable',
    'The keychain did not keep the value as it was given; set it again, or keep it in a file and refer to ${file:PATH}.',
  )
}

/** Before the names: keytar crashes the process when it lists a locked keyring. */
async function names(keytar: Keytar) {
  await requireOpen(keytar)
  const found = await keytar.findCredentials(service)
  const accounts = found.map(({ account }) => account).filter((account) => account !== sentinel)
  return accounts.sort().map((name) => ({ name, updated_at: null }))
}

async function requireOpen(keytar: Keytar): Promise<void> {
  if ((await keytar.getPassword(service, sentinel)) === null) await keytar.setPassword(service, sentinel, 'open')
}

function requireFitting(value: string): void {
  if (process.platform !== 'win32' || Buffer.byteLength(value) <= mostBytesOnWindows) return
  throw new GatewayError(
    'input.invalid',
    `The Windows credential store takes at most ${mostBytesOnWindows} bytes; keep this value in a file and refer to \${file:PATH}.`,
  )
}

const ready = (): VaultStatus => ({ kind: 'keychain', state: 'ready', detail: null })

function notReady(thrown: unknown): VaultStatus {
  const error = thrown as GatewayError
  return { kind: 'keychain', state: stateIn(error), detail: error.message }
}

const stateIn = (error: GatewayError): State => (error.context.details as { state?: State } | undefined)?.state ?? 'unavailable'

/** What the systems say where a person has not opened the keychain, or did not want to. */
const closed = /\b(?:un)?lock|prompt|dismiss|cancel|interaction|denied|authoriz|authentic/i

function failureOf(thrown: unknown): { readonly state: State; readonly error: GatewayError } {
  if (thrown instanceof GatewayError) return { state: stateIn(thrown), error: thrown }
  if (thrown instanceof TooLate || closed.test((thrown as Error).message)) return { state: 'locked', error: locked(thrown) }
  return { state: 'unavailable', error: silent(thrown) }
}

const locked = (cause?: unknown) =>
  new GatewayError(
    'vault.unavailable',
    'The keychain is locked. Unlock it (a window may be asking for its password; logging in to the desktop unlocks it too), then try again. Nothing is lost.',
    { cause, details: { state: 'locked' satisfies State } },
  )

const silent = (cause: unknown) =>
  new GatewayError(
    'vault.unavailable',
    `The keychain does not answer (${(cause as Error).message.slice(0, 200)}). Start the gateway in your desktop session (anew, if the keychain itself was started anew), or keep new secrets in an encrypted file with FAST_GATEWAY_VAULT=file. Nothing is lost.`,
    { cause, details: { state: 'unavailable' satisfies State } },
  )

function createRest(firstMs: number) {
  let until = 0
  let rests = 0
  return {
    isOn: () => Date.now() < until,
    begin() {
      until = Date.now() + firstMs * Math.min(2 ** rests++, mostRests)
    },
    end() {
      until = rests = 0
    },
  }
}
