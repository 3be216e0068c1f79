import { type GatewayError, toGatewayError } from '../../../shared/errors'
import type { Awaitable, Credential } from '../../gateway/hooks'
import { parseChallenge } from './challenge'

/** One access token; times are milliseconds since 1970. */
export interface Token {
  readonly value: string
  readonly expiresAt: number | null
  readonly obtainedAt: number
}

/** Where tokens come from. */
export interface TokenSource {
  /** A token other than this one. @throws GatewayError `upstream.login_required` when only a person can help, and others */
  renew(rejected: Token | undefined): Promise<Token>
  /** What to say where the scope of a token is too small. */
  tooSmall(scopes: readonly string[]): GatewayError
}

/** A token is renewed so long before its end, or for the last tenth of its life if that is shorter. Milliseconds. */
const aheadMs = 60_000
/** After a renewal that failed nobody tries again for so long. */
const restMs = 2_000
/** A token that was refused so soon after it came is not the reason. */
const tooSoonMs = 2_000

/** The tokens of one server: one renewal at a time whoever asks, ahead of the end, and never because of a token that is gone already. */
export class Bearer implements Credential {
  private token: Token | undefined
  private renewing: Promise<Token> | undefined
  private generation = 0
  private failure: { readonly error: GatewayError; readonly at: number } | undefined

  /** @param before what is waited for ahead of the first renewal; never rejects */
  constructor(
    private readonly source: TokenSource,
    private readonly before: Promise<void> = Promise.resolve(),
  ) {}

  authorization(): Awaitable<string> {
    const { token } = this
    if (!token || isOver(token)) return this.renew().then(headerOf)
    if (isAging(token)) this.renew().catch(() => undefined) // there is time: whoever needs a new one will ask again
    return headerOf(token)
  }

  async refused(authorization: string, status: number, challenge: string | undefined): Promise<boolean> {
    if (status !== 401) throw this.source.tooSmall(parseChallenge(challenge).scopes)
    const { token } = this
    // Somebody has renewed it since: what was refused is gone already.
    if (token && headerOf(token) !== authorization) return true
    if (token && Math.abs(Date.now() - token.obtainedAt) < tooSoonMs && !isOver(token)) return false
    await this.renew()
    return true
  }

  /** A person has logged in or out: what is known is worth nothing, and what is on its way will be worth nothing. */
  forget(): void {
    this.generation++
    this.token = this.failure = this.renewing = undefined
  }

  /** Resolves once no renewal is under way. */
  async settled(): Promise<void> {
    await this.before
    await this.renewing?.catch(() => undefined)
  }

  private renew(): Promise<Token> {
    const { failure } = this
    if (failure && Math.abs(Date.now() - failure.at) < restMs) return Promise.reject(failure.error)
    if (this.renewing) return this.renewing
    const renewing = this.renewOnce().finally(() => {
      if (this.renewing === renewing) this.renewing = undefined
    })
    this.renewing = renewing
    return renewing
  }

  private async renewOnce(): Promise<Token> {
    const { generation, token: before } = this
    await this.before
    const renewed = await this.source.renew(before).then(
      (token) => ({ token }),
      (thrown: unknown) => ({ error: toGatewayError(thrown) }),
    )
    if (generation !== this.generation) return this.token ?? this.renew()
    if ('token' in renewed) {
      this.failure = undefined
      return (this.token = renewed.token)
    }
    this.failure = { error: renewed.error, at: Date.now() }
    if (renewed.error.code === 'upstream.login_required') this.token = undefined
    throw renewed.error
  }
}

const headerOf = ({ value }: Token) => `Bearer ${value}`

const isOver = ({ expiresAt }: Token) => expiresAt !== null && Date.now() >= expiresAt

/** Also where the clock was set back behind the time at which it came. */
export function isAging({ expiresAt, obtainedAt }: Token): boolean {
  if (expiresAt === null) return false
  const now = Date.now()
  return now < obtainedAt || now >= expiresAt - Math.min(aheadMs, (expiresAt - obtainedAt) / 10)
}
