import { GatewayError } from '../../../shared/errors'
import { readUpstreamMessage } from './message'
import type { Place, RawHeaders } from './upstream-http-wire'
import { headerOf } from './upstream-http-wire'

/** An HTTP answer that is not the one that was asked for. */
export interface Refusal {
  readonly status: number
  readonly headers: RawHeaders
  /** The beginning of the body. */
  readonly body: Buffer
  /** Whether we named a session: then a 404 means that it is over (Streamable HTTP, "Session Management"). */
  readonly inSession: boolean
}

/** What a refusal means for whoever asked: `upstream.login_required`, `session_lost`, `refused` or, if it is none, `garbage`. */
export function refusalOf(place: Place, refusal: Refusal): GatewayError {
  const { status, headers } = refusal
  const who = `${place.server} at ${place.host}`
  if (status < 300)
    return new GatewayError(
      'upstream.garbage',
      `${who} answered with ${typeOf(headers)} where JSON or an event stream is due; is the url right?`,
    )
  if (status < 400)
    return new GatewayError('upstream.refused', `${who} redirects to ${originOf(headers, place)}; put the final address into its url.`)
  if (status === 401) return loginRequired(who, headers)
  const said = quote(refusal.body)
  if (isSessionLost(refusal, said)) return new GatewayError('upstream.session_lost', `${who} does not know our session any more.`)
  return new GatewayError('upstream.refused', `${who} answered HTTP ${status}${said === '' ? '' : `: ${said}`}.${hintFor(refusal)}`)
}

/** `www_authenticate` says where to log in (RFC 9728); it names no secret. */
function loginRequired(who: string, headers: RawHeaders): GatewayError {
  const challenge = headerOf(headers, 'www-authenticate')?.slice(0, 2_000)
  const details = challenge === undefined ? {} : { details: { www_authenticate: challenge } }
  return new GatewayError('upstream.login_required', `${who} wants a login (HTTP 401); check its credentials or log in to it.`, details)
}

/** Servers written after the SDK's examples answer 400 instead of 404 once they have forgotten a session. Neither was processed. */
const isSessionLost = ({ status, inSession }: Refusal, said: string) =>
  inSession && (status === 404 || (status === 400 && /session/i.test(said)))

/** The message of a JSON-RPC error in the body, in one line. */
function quote(body: Buffer): string {
  const message = readUpstreamMessage(body)
  if (message?.kind !== 'reply' || !('error' in message.reply)) return ''
  return message.reply.error.message.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').slice(0, 300)
}

const hintFor = ({ status, inSession }: Refusal) =>
  !inSession && (status === 404 || status === 405)
    ? ' Check the path of its url; if it speaks the older HTTP+SSE, set its transport to "sse".'
    : ''

const typeOf = (headers: RawHeaders) => headerOf(headers, 'content-type')?.slice(0, 100) ?? 'no content'

function originOf(headers: RawHeaders, { host }: Place): string {
  const location = headerOf(headers, 'location') ?? ''
  return URL.canParse(location, `http://${host}`) ? new URL(location, `http://${host}`).origin : 'an address that is none'
}
