import * as z from 'zod'
import { GatewayError } from '../../../shared/errors'
import { rememberSecret } from '../../../shared/known-secrets'
import { prove, type Client } from './client-auth'
import { jsonIn, type Answer, type Egress, type Home } from './egress'
import { hostOf } from './metadata'

const secret = z.string().min(1).max(65_536)

/** Seconds. A time that is further away is no date any more. */
const centurySeconds = 3_155_760_000
const atMostACentury = (seconds: number) => Math.min(seconds, centurySeconds)

/** RFC 6749, section 5.1. What is not needed and of the wrong kind is as if it were not there. */
const TokenAnswer = z.object({
  access_token: secret.regex(/^[\x21-\x7e]+$/),
  token_type: z.string(),
  expires_in: z.coerce.number().positive().transform(atMostACentury).optional().catch(undefined),
  refresh_token: secret.optional().catch(undefined),
  scope: z.string().max(10_000).optional().catch(undefined),
})
export type TokenAnswer = z.infer<typeof TokenAnswer>

/** Where a form goes, and who sends it. */
export interface TokenRequest {
  readonly endpoint: string
  /** The person gave this very address. */
  readonly isGiven?: boolean
  readonly issuer: string | undefined
  readonly client: Client
  readonly form: Readonly<Record<string, string | undefined>>
  readonly home: Home
}

/** What an authorization server says no with (RFC 6749, section 5.2): `invalid_grant`, `invalid_client`… */
export class Denied extends GatewayError {
  constructor(
    readonly reason: string,
    message: string,
  ) {
    super('upstream.refused', message)
  }
}

/** @throws Denied, GatewayError `upstream.*` */
export async function askForToken(egress: Egress, request: TokenRequest): Promise<TokenAnswer> {
  const answer = await post(egress, request)
  const { home, endpoint } = request
  // Some say no with 200, such as GitHub.
  if (answer.status !== 200 || reasonIn(answer, home) !== undefined) throw denied(answer, request)
  const parsed = TokenAnswer.safeParse(jsonIn(answer, home))
  if (!parsed.success || !/^bearer$/i.test(parsed.data.token_type))
    throw new GatewayError('upstream.garbage', `${hostOf(endpoint)} answered without a token that ${home.server} could be asked with.`)
  for (const value of [parsed.data.access_token, parsed.data.refresh_token]) if (value !== undefined) rememberSecret(value)
  return parsed.data
}

/** RFC 7009. @returns whether the server took it. @throws GatewayError `upstream.*` */
export const revoke = async (egress: Egress, request: TokenRequest): Promise<boolean> => (await post(egress, request)).status === 200

function post(egress: Egress, { endpoint, isGiven = false, issuer, client, form, home }: TokenRequest): Promise<Answer> {
  const fields = Object.entries(form).filter((field): field is [string, string] => field[1] !== undefined)
  const body = new URLSearchParams(fields)
  const proof = prove(client, body, issuer ?? endpoint)
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json', ...proof }
  return egress(endpoint, { method: 'POST', headers, body: body.toString(), isGiven }, home)
}

function denied(answer: Answer, { endpoint, home }: TokenRequest): GatewayError {
  const host = hostOf(endpoint)
  const reason = reasonIn(answer, home)
  if (isAway(answer.status, reason))
    return new GatewayError(
      'upstream.unreachable',
      `${host}, which gives tokens for ${home.server}, answers HTTP ${answer.status}; try again later, or log in again if that goes on.`,
    )
  const said = reason ?? 'unknown'
  return new Denied(said, `${host} refused a token for ${home.server} (HTTP ${answer.status}, ${said}).`)
}

const passing = new Set(['server_error', 'temporarily_unavailable', 'slow_down'])

/** Whether this says nothing of the login: the server is busy, or something in front of it has answered (RFC 6749: a no is a 400 or 401). */
function isAway(status: number, reason: string | undefined): boolean {
  if (status >= 500 || status === 429) return true
  return reason === undefined ? status !== 400 && status !== 401 : passing.has(reason)
}

/** The error code of an answer (RFC 6749, RFC 7591): a word, never a text of theirs. */
export function reasonIn(answer: Answer, home: Home): string | undefined {
  const { error } = answer.headers['content-type']?.includes('json') === true ? jsonIn(answer, home) : {}
  return typeof error === 'string' && /^[a-z_]{1,64}$/.test(error) ? error : undefined
}
