import { GatewayError } from '../../../shared/errors'
import { ByteCollector } from './byte-collector'
import type { Deadlines, Waiting } from './deadlines'
import { refusalOf } from './upstream-http-refusal'
import type { RunningCall, Place, RawHeaders, Receiver } from './upstream-http-wire'
import { failureOf, httpLimits } from './upstream-http-wire'

export interface SendHost {
  readonly place: Place
  readonly deadlines: Deadlines
  readonly inSession: boolean
}

/**
 * A message that wants no answer: a notification, an answer of ours, the goodbye. Any 2xx means that it was taken.
 * @param dispatch sends it to this receiver
 * @throws GatewayError `upstream.*`
 */
export const send = (host: SendHost, timeoutMs: number, dispatch: (receiver: Receiver) => RunningCall): Promise<void> =>
  new Promise((resolve, reject) => new Sending(host, timeoutMs, resolve, reject).start(dispatch))

class Sending implements Receiver, Waiting {
  readonly deadline: number
  slot: number | undefined
  private readonly body = new ByteCollector()
  private call: RunningCall | undefined
  private status = 0
  private headers: RawHeaders = []

  constructor(
    private readonly host: SendHost,
    private readonly timeoutMs: number,
    private readonly resolve: () => void,
    private readonly reject: (error: GatewayError) => void,
  ) {
    this.deadline = performance.now() + timeoutMs
  }

  start(dispatch: (receiver: Receiver) => RunningCall): void {
    this.host.deadlines.add(this)
    this.call = dispatch(this)
  }

  onStart(status: number, headers: RawHeaders): void {
    this.status = status
    this.headers = headers
    // Taken is taken, whatever else it has to say.
    if (status < 300) this.resolve()
  }

  onChunk(chunk: Buffer): boolean {
    this.body.append(chunk)
    if (this.body.length <= httpLimits.refusalBytes) return true
    this.call?.abort()
    this.onEnd()
    return true
  }

  onEnd(): void {
    this.host.deadlines.remove(this)
    if (this.status < 300) return
    const { status, headers } = this
    this.reject(refusalOf(this.host.place, { status, headers, body: this.body.take(), inSession: this.host.inSession }))
  }

  onFail(error: Error, sent: boolean): void {
    this.host.deadlines.remove(this)
    this.reject(failureOf(error, sent, this.host.place))
  }

  onDeadline(): void {
    this.call?.abort()
    this.reject(
      new GatewayError('upstream.timeout', `${this.host.place.server} did not take a message within ${this.timeoutMs / 1_000} s.`),
    )
  }
}
