import { randomUUID } from 'node:crypto'
import { GatewayError } from '../../../shared/errors'
import type { Approval, Grant } from '../../../shared/records'
import type { ToolCall } from '../../gateway/hooks'
import type { PluginHost } from '../../gateway/plugin'
import { expireLeftovers, forStore, pruneHistory } from './history'
import { approvalLimits } from './limits'
import { deniedByPerson, Tickets } from './tickets'

/** A person's answer. `by` is who gave it: `approver`, `desktop`. */
export interface ApprovalDecision {
  readonly approve: boolean
  /** The person's own words, given to the model when denied. */
  readonly reason?: string | undefined
  readonly by: string
}

/** An undecided approval; `waiting` = how many identical calls it would let run now. Zero: its caller was told to come back. */
export type PendingApproval = Approval & { readonly waiting: number }

interface Question {
  readonly approval: Approval
  readonly definitionHash: string
  readonly argumentsChars: number
  /** Each ends one waiting call: with an error, or without one to let it run. Empty: a caller was sent away and told to come back. */
  readonly waiters: Set<(error?: GatewayError) => void>
  expiry?: NodeJS.Timeout
}

type Ending = Pick<Approval, 'status' | 'decided_by'> & Partial<Pick<Approval, 'decision_reason' | 'used_at'>>

/** Not at the start, which has no time for it. */
const tidyEveryMs = 600_000
const createdBetweenTidyings = 1000

/** Where calls wait for people. Every question ends exactly once: decided, expired or withdrawn. */
export class ApprovalDesk {
  readonly #questions = new Map<string, Question>()
  readonly #tickets: Tickets
  readonly #tidying: NodeJS.Timeout
  #created = 0
  #closed = false

  constructor(
    private readonly host: PluginHost,
    private readonly announce: (approval: Approval) => void,
    private readonly now: () => number,
  ) {
    this.#tickets = new Tickets(host.store, () => this.#time())
    expireLeftovers(host.store, this.#time())
    this.#tidying = setInterval(() => this.#tidy(), tidyEveryMs).unref()
  }

  /** Waits for a person. @returns what the audit calls the approval. @throws GatewayError `tool.unconfirmed`, `limit.approvals`, `call.cancelled`, `gateway.closing`, `store.unavailable` */
  async ask(call: ToolCall, reason: string): Promise<{ by: string }> {
    if (this.#closed) throw closing()
    if (!this.host.config().hil.enabled) throw switchedOff(reason)
    if (call.signal.aborted) throw cancelled()
    const hash = this.host.callHash(call)
    const earlier = this.#tickets.redeem(call, hash)
    if (earlier !== undefined) return { by: `approval:${earlier}` }
    const question = this.#openFor(hash) ?? this.#create(call, reason, hash)
    await this.#wait(question, call)
    // Cancelled in the very turn of the decision: the cancellation wins.
    if (call.signal.aborted) throw cancelled()
    return { by: `approval:${question.approval.id}` }
  }

  pending(): PendingApproval[] {
    for (const question of [...this.#questions.values()]) this.#expireIfDue(question)
    return [...this.#questions.values()].map(({ approval, waiters }) => ({ ...approval, waiting: waiters.size }))
  }

  history(query: { readonly status?: Approval['status'] | undefined; readonly limit: number }): Approval[] {
    return this.host.store.approvals.search(query.status ? { status: query.status, limit: query.limit } : { limit: query.limit })
  }

  grants(): Grant[] {
    this.#tickets.forgetExpired()
    return this.host.store.grants.list()
  }

  /** @throws GatewayError `approval.not_found` */
  revokeGrant(id: string): void {
    if (!this.host.store.grants.remove(id))
      throw new GatewayError('approval.not_found', 'There is no such grant; it was used, revoked or has expired.')
  }

  /** @throws GatewayError `approval.not_found` when it is not pending (any more); `store.unavailable`: not decided, try again */
  decide(id: string, decision: ApprovalDecision): Approval {
    const question = this.#questions.get(id)
    if (!question || this.#expireIfDue(question)) throw notFound(id)
    const decided = forStore(this.#ended(question, this.#endingBy(question, decision)))
    this.host.store.approvals.put(decided)
    this.#remove(question)
    try {
      this.#deliver(question, decided)
    } finally {
      this.host.emit('approval.closed', { approval: decided })
    }
    return decided
  }

  /** Nothing that waits may run any more. */
  close(): void {
    this.#closed = true
    clearInterval(this.#tidying)
    for (const question of [...this.#questions.values()]) this.#end(question, { status: 'expired', decided_by: 'restart' }, closing())
  }

  #openFor(callHash: string): Question | undefined {
    for (const question of this.#questions.values()) {
      if (question.approval.call_hash !== callHash || this.#expireIfDue(question)) continue
      if (question.waiters.size >= approvalLimits.callsPerApproval)
        throw full(`${approvalLimits.callsPerApproval} identical calls wait for the same approval`)
      return question
    }
    return undefined
  }

  #create(call: ToolCall, reason: string, callHash: string): Question {
    const argumentsChars = JSON.stringify(call.arguments).length
    this.#checkRoom(call.context.client, argumentsChars)
    const question: Question = {
      approval: this.#newApproval(call, reason, callHash),
      definitionHash: call.definition.definition_hash,
      argumentsChars,
      waiters: new Set(),
    }
    const { approval } = question
    this.host.store.approvals.put(forStore(approval))
    this.#questions.set(approval.id, question)
    question.expiry = setTimeout(() => this.#expire(question), Date.parse(approval.expires_at) - this.now()).unref()
    if (++this.#created % createdBetweenTidyings === 0) this.#tidy()
    this.host.emit('approval.created', { approval })
    this.announce(approval)
    return question
  }

  #newApproval(call: ToolCall, reason: string, callHash: string): Approval {
    const { hil } = this.host.config()
    const created = this.now()
    const { client, group, sessionId } = call.context
    return {
      id: randomUUID(),
      client,
      group,
      session_id: sessionId,
      server: call.server,
      tool: call.tool,
      tool_name: call.exposedName,
      arguments: call.arguments,
      call_hash: callHash,
      reason,
      created_at: new Date(created).toISOString(),
      expires_at: new Date(created + Math.max(hil.timeout_seconds, hil.ticket_seconds) * 1000).toISOString(),
      status: 'pending',
      decided_at: null,
      decided_by: null,
      decision_reason: null,
      used_at: null,
    }
  }

  #checkRoom(client: string, argumentsChars: number): void {
    const open = [...this.#questions.values()]
    if (open.length >= approvalLimits.pending) throw full(`${open.length} approvals are pending`)
    const own = open.filter(({ approval }) => approval.client === client).length
    if (own >= approvalLimits.pendingPerClient) throw full(`${own} approvals of this client are pending`)
    const held = open.reduce((sum, question) => sum + question.argumentsChars, argumentsChars)
    if (held > approvalLimits.argumentsChars) throw full('the arguments of all pending approvals are too large')
  }

  #wait(question: Question, call: ToolCall): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: GatewayError) => {
        clearTimeout(deadline)
        call.signal.removeEventListener('abort', leave)
        question.waiters.delete(settle)
        if (error) reject(error)
        else resolve()
      }
      const leave = () => {
        const isClosing = call.signal.reason instanceof GatewayError && call.signal.reason.code === 'gateway.closing'
        settle(isClosing ? closing() : cancelled())
        if (question.waiters.size > 0) return
        this.#end(question, isClosing ? { status: 'expired', decided_by: 'restart' } : { status: 'withdrawn', decided_by: 'caller' })
      }
      const deadline = setTimeout(() => settle(comeBack(question.approval)), this.#holdMs(call))
      call.signal.addEventListener('abort', leave)
      question.waiters.add(settle)
    })
  }

  /** How long this call is held. A client that shows no sign of progress gives up after about 60 s, so it is answered before that. */
  #holdMs(call: ToolCall): number {
    const { timeout_seconds, impatient_seconds } = this.host.config().hil
    const { door } = call.context
    const impatient = (door === 'mcp' || door === 'meta') && !call.tellsProgress
    return 1000 * (impatient ? Math.min(timeout_seconds, impatient_seconds) : timeout_seconds)
  }

  /** A machine that slept wakes up before its timers do. */
  #expireIfDue(question: Question): boolean {
    if (question.approval.expires_at > this.#time()) return false
    this.#expire(question)
    return true
  }

  #expire(question: Question): void {
    this.#end(question, { status: 'expired', decided_by: 'timeout' }, undecided(question.approval))
  }

  /** An end that nobody decided; a store that cannot note it changes nothing about it. */
  #end(question: Question, ending: Ending, error?: GatewayError): void {
    if (!this.#remove(question)) return
    const ended = forStore(this.#ended(question, ending))
    try {
      this.host.store.approvals.put(ended)
    } catch (thrown) {
      this.host.log.error('The end of an approval could not be stored.', {
        approval: ended.id,
        status: ended.status,
        error: String(thrown),
      })
    }
    this.#answerAll(question, error)
    this.host.emit('approval.closed', { approval: ended })
  }

  #endingBy({ waiters }: Question, { approve, reason, by }: ApprovalDecision): Ending {
    const words = (reason ?? '').trim().slice(0, approvalLimits.reasonChars)
    return {
      status: approve ? 'approved' : 'denied',
      decided_by: by,
      decision_reason: words === '' ? null : words,
      used_at: approve && waiters.size > 0 ? this.#time() : null,
    }
  }

  /** To the calls that wait; if they were all sent away, to the one that comes back. */
  #deliver(question: Question, decided: Approval): void {
    const approved = decided.status === 'approved'
    if (question.waiters.size > 0) this.#answerAll(question, approved ? undefined : deniedByPerson(decided))
    else if (approved) this.#tickets.keepApproval(decided, question.definitionHash)
    else this.#tickets.keepDenial(decided)
  }

  #ended({ approval }: Question, ending: Ending): Approval {
    return { ...approval, ...ending, decided_at: this.#time() }
  }

  #remove(question: Question): boolean {
    clearTimeout(question.expiry)
    return this.#questions.delete(question.approval.id)
  }

  #answerAll(question: Question, error?: GatewayError): void {
    for (const settle of [...question.waiters]) settle(error)
  }

  #tidy(): void {
    try {
      pruneHistory(this.host.store, this.now())
      this.#tickets.forgetExpired()
    } catch (thrown) {
      this.host.log.warn('Old approvals could not be removed.', { error: String(thrown) })
    }
  }

  #time(): string {
    return new Date(this.now()).toISOString()
  }
}

/** The error for an approval that is not pending (any more). */
export const notFound = (id: string) =>
  new GatewayError(
    'approval.not_found',
    `There is no pending approval "${id.slice(0, 64)}": it was decided, withdrawn or has expired, or never was.`,
  )

const cancelled = () => new GatewayError('call.cancelled', 'The caller went away while the call waited for approval; nothing was run.')
const closing = () =>
  new GatewayError('gateway.closing', 'The gateway is closing; the call was not approved and nothing was run. Call again when it is back.')
const full = (why: string) =>
  new GatewayError('limit.approvals', `The call needs approval, but ${why}; let a person decide those first, then call again.`)

const switchedOff = (reason: string) =>
  new GatewayError(
    'tool.unconfirmed',
    `${reason}. The call needs approval, but approvals are switched off; set "hil": { "enabled": true } in gateway.json to be asked.`,
  )

const comeBack = ({ id }: Approval) =>
  new GatewayError(
    'tool.unconfirmed',
    `Approval pending: no person has decided yet (approval ${id}). Nothing was run. Call again with the same arguments to get the decision.`,
    { details: { approval_id: id } },
  )

const undecided = ({ id }: Approval) =>
  new GatewayError('tool.unconfirmed', `No person decided in time, so the call was denied (approval ${id}). Nothing was run.`, {
    details: { approval_id: id },
  })
