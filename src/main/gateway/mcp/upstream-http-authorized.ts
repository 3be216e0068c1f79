import type { Dispatcher } from 'undici'
import { toGatewayError } from '../../../shared/errors'
import type { Credential } from '../hooks'
import { ByteCollector } from './byte-collector'
import { isUnauthorized } from './unauthorized'
import type { RawHeaders, Receiver, RunningCall } from './upstream-http-wire'
import { dispatch, headersOf, httpLimits } from './upstream-http-wire'

/** An answer that was held back while the credential is asked. */
interface Refused {
  readonly status: number
  readonly headers: RawHeaders
  readonly body: ByteCollector
}

/** One request with the credential's Authorization; refused, it is sent once more where the credential says so. A refusal was not processed. */
export class AuthorizedCall implements RunningCall {
  private call: RunningCall | undefined
  private isOver = false
  private isAgain = false

  constructor(
    private readonly pool: Dispatcher,
    private readonly options: Dispatcher.DispatchOptions,
    private readonly receiver: Receiver,
    private readonly credential: Credential,
  ) {}

  start(): this {
    const send = (authorization: string) => this.send(authorization)
    try {
      const authorization = this.credential.authorization()
      if (typeof authorization === 'string') send(authorization)
      else authorization.then(send, (thrown: unknown) => this.unauthorized(thrown))
    } catch (thrown) {
      queueMicrotask(() => this.unauthorized(thrown))
    }
    return this
  }

  abort(): void {
    this.isOver = true
    this.call?.abort()
  }

  resume(): void {
    this.call?.resume()
  }

  get wasSent(): boolean {
    return this.call?.wasSent === true
  }

  private send(authorization: string): void {
    if (this.isOver) return
    const headers = [...(this.options.headers as readonly string[]), 'authorization', authorization]
    const { receiver } = this
    let refused: Refused | undefined
    this.call = dispatch(
      this.pool,
      { ...this.options, headers },
      {
        onStart: (status, answered) => {
          if (this.isAgain || !isRefusal(status, answered)) receiver.onStart(status, answered)
          else refused = { status, headers: answered, body: new ByteCollector() }
        },
        onChunk(chunk) {
          if (!refused) return receiver.onChunk(chunk)
          if (refused.body.length + chunk.length <= httpLimits.refusalBytes) refused.body.append(chunk)
          return true
        },
        onEnd: () => (refused ? void this.askAgain(authorization, refused) : receiver.onEnd()),
        onFail: (error, sent) => (refused ? void this.askAgain(authorization, refused) : receiver.onFail(error, sent)),
      },
    )
  }

  private async askAgain(authorization: string, refused: Refused): Promise<void> {
    try {
      const challenge = challengesIn(refused.headers)
      const again = await this.credential.refused(authorization, refused.status, challenge)
      if (this.isOver) return
      if (!again) return this.pass(refused)
      this.isAgain = true
      this.start()
    } catch (thrown) {
      if (refused.status === 401 && isLogin(thrown)) this.pass(refused)
      else this.fail(thrown)
    }
  }

  private pass({ status, headers, body }: Refused): void {
    if (this.isOver) return
    this.receiver.onStart(status, headers)
    if (body.length > 0) this.receiver.onChunk(body.take())
    this.receiver.onEnd()
  }

  /** Without a login it is as if the upstream had asked for one. */
  private unauthorized(thrown: unknown): void {
    if (isLogin(thrown)) this.pass({ status: 401, headers: [], body: new ByteCollector() })
    else this.fail(thrown)
  }

  private fail(thrown: unknown): void {
    if (!this.isOver) this.receiver.onFail(toGatewayError(thrown), false)
  }
}

const isLogin = (thrown: unknown) => toGatewayError(thrown).code === 'upstream.login_required'

/** The status comes first: most answers are none, and their headers are not to be searched. */
const isRefusal = (status: number, headers: RawHeaders) =>
  (status === 401 || status === 403) && isUnauthorized(status, challengesIn(headers))

/** All of them in one: a server may put each way to log in into a header of its own. */
const challengesIn = (headers: RawHeaders) => headersOf(headers, 'www-authenticate').join(', ')
