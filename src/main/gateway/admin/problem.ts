import { codes, type GatewayError } from '../../../shared/errors'
import type { Problem } from '../../../shared/records'
import { STATUS_CODES } from '../http/node-http'

/** The error as `application/problem+json` says it (RFC 9457). @param requestId finds its line in the log */
export function problemOf(error: GatewayError, requestId?: string): Problem {
  const { status } = codes[error.code]
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: error.message,
    code: error.code,
    message: error.message,
    ...(error.context.details === undefined ? {} : { details: error.context.details }),
    ...(requestId === undefined ? {} : { request_id: requestId }),
  }
}

/** The whole answer to a request that failed. */
export function problemResponse(error: GatewayError, requestId?: string): Response {
  const headers = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' }
  return new Response(JSON.stringify(problemOf(error, requestId)), { status: codes[error.code].status, headers })
}
