import { GatewayError } from '../../../shared/errors'
import type { Approval, Grant } from '../../../shared/records'
import type { ApprovalReview } from '../../../shared/review'
import type { Arguments, ToolCall } from '../../gateway/hooks'
import type { PluginHost } from '../../gateway/plugin'
import { editedArguments } from './edited'
import { GrantBook, type GrantWish } from './grants'
import { GrantedCalls } from './granted'
import { expireLeftovers, forStore, pruneHistory } from './history'
import { approvalLimits } from './limits'
import { answerAll, newApproval, postponed, requireRoom, type Asking, type Ending, type Question, type Waiter } from './question'
import * as refusals from './refusals'
import { mayNotificationApprove, reviewOf } from './review'
import { Tickets, yesOf, type Yes } from './tickets'

/** A person's answer. `by` is who gave it: `approver`, `desktop`, `notification`. */
export interface ApprovalDecision {
  readonly approve: boolean
  /** The person's own words, given to the model when denied. */
  readonly reason?: string | undefined
  readonly by: string
  /** Approves later calls too. */
  readonly grant?: GrantWish | undefined
  /** What is to run instead of what was asked. */
  readonly arguments?: Arguments | undefined
}

/** A person's no to everything that waits, or to what waits of one client. */
export interface DenyAll {
  /** By exact name. Default: all. */
  readonly client?: string | undefined
  readonly reason?: string | undefined
  readonly by: string
}

/** An undecided approval; `waiting` = how many identical calls it would let run now. Zero: its caller was told to come back. */
export type PendingApproval = Approval & { readonly waiting: number }

/** Who hears of questions as they come and go. */
export interface Tellers {
  opened(approval: Approval): void
  closed(approval: Approval): void
}

/** What a yes brings besides itself. */
interface Extras {
  readonly edited?: Arguments | undefined
  readonly grant?: Grant | undefined
}

/** Not at the start, which has no time for it. */
const tidyEveryMs = 600_000
const createdBetweenTidyings = 1000

/** Where calls wait for people. Every question ends exactly once: decided, expired or withdrawn. */
export class ApprovalDesk {
  readonly #questions = new Map<string, Question>()
  readonly #grants: GrantBook
  readonly #tickets: Tickets
  readonly #granted: GrantedCalls
  readonly #tidying: NodeJS.Timeout
  #created = 0
  #closed = false
  #suspended = false

  constructor(
    private readonly host: PluginHost,
    private readonly tell: Tellers,
    private readonly now: () => number,
  ) {
    this.#grants = new GrantBook(host, now)
    this.#tickets = new Tickets(host, this.#grants, () => this.#time())
    this.#granted = new GrantedCalls(host)
    expireLeftovers(host.store, this.#time())
    this.#tidying = setInterval(() => this.#tidy(), tidyEveryMs).unref()
  }

  /** Waits for a person. @returns what the audit calls the yes. @throws GatewayError `tool.unconfirmed`, `limit.approvals`, `call.cancelled`, `gateway.closing`, `gateway.paused`, `store.unavailable` */
  async ask(call: ToolCall, reason: string, rule: string | null): Promise<Yes> {
    if (this.#closed) throw refusals.closing()
    if (!this.host.config().hil.enabled) throw refusals.switchedOff(reason)
    if (call.signal.aborted) throw refusals.cancelled()
    const hash = this.host.callHash(call)
    const known = this.#tickets.redeem(call, hash) ?? this.#byGrant(call, reason, rule, hash)
    if (known) return known
    const { client, group } = call.context
    const boundTo = this.host.nameHash({ client, group, server: call.server })
    const question = this.#openFor(hash, rule, boundTo) ?? this.#create(call, { reason, rule, callHash: hash }, boundTo)
    const yes = await this.#wait(question, call)
    // Cancelled in the very turn of the decision: the cancellation wins.
    if (call.signal.aborted) throw refusals.cancelled()
    return yes
  }

  pending(): PendingApproval[] {
    for (const question of [...this.#questions.values()]) this.#expireIfDue(question)
    return [...this.#questions.values()].map(({ approval, waiters }) => ({ ...approval, waiting: waiters.size }))
  }

  /** @throws GatewayError `approval.not_found` when it is not pending (any more) */
  review(id: string): ApprovalReview {
    return reviewOf(this.host, this.#require(id))
  }

  history(query: { readonly status?: Approval['status'] | undefined; readonly limit: number }): Approval[] {
    this.#granted.write()
    return this.host.store.approvals.search(query.status ? { status: query.status, limit: query.limit } : { limit: query.limit })
  }

  /** One of the history, pending ones too; its arguments redacted. @throws GatewayError `approval.not_found` */
  recorded(id: string): Approval {
    this.#granted.write()
    const found = this.host.store.approvals.get(id)
    if (found) return found
    throw new GatewayError('approval.not_found', `There is no approval "${id.slice(0, 64)}"; it may have been forgotten for its age.`)
  }

  /** Without tickets that have been used. */
  grants(): Grant[] {
    return this.#grants.list().filter(({ scope, used_at }) => scope !== 'once' || used_at === null)
  }

  /** @throws GatewayError `approval.not_found`; `store.unavailable`: it answers nothing any more, but may again after a restart */
  revokeGrant(id: string): void {
    const known = this.#grants.get(id) !== undefined
    try {
      if (!this.#grants.remove(id))
        throw new GatewayError('approval.not_found', 'There is no such grant; it was used, revoked or has expired.')
    } finally {
      if (known) this.host.emit('grants.changed', { ids: [id] })
    }
  }

  /**
   * Everything that the decision brings is checked before anything is decided: refused, the question stays open.
   * @throws GatewayError `approval.not_found` when it is not pending (any more); `store.unavailable`: not decided, try again;
   * `input.*`, `limit.approvals`, `auth.forbidden` for arguments, a grant or a notification that cannot be taken
   */
  decide(id: string, decision: ApprovalDecision): Approval {
    const question = this.#require(id)
    const extras = decision.approve ? this.#extrasOf(question, decision) : {}
    const decided = forStore(this.#ended(question, this.#endingBy(question, decision, extras)))
    this.#store(decided, extras.grant)
    this.#remove(question)
    try {
      this.#deliver(question, decided, extras)
    } finally {
      this.#tellClosed(decided)
      if (extras.grant) this.#enforce(extras.grant)
    }
    return decided
  }

  /** Denies even what the store cannot note as denied. @returns how many questions */
  denyAll({ client, reason, by }: DenyAll): number {
    const open = [...this.#questions.values()].filter((question) => !this.#expireIfDue(question))
    const chosen = open.filter(({ approval }) => client === undefined || approval.client === client)
    for (const question of chosen) this.#denyNow(question, { status: 'denied', decided_by: by, decision_reason: wordsOf(reason) })
    return chosen.length
  }

  /** All calls have been paused: nothing that waits may run. */
  pause(): void {
    for (const question of [...this.#questions.values()])
      this.#end(question, { status: 'denied', decided_by: 'pause' }, refusals.paused(question.approval))
  }

  /** Nothing expires until the function that it gives back is called; what waits then has that much longer. */
  suspend(): () => void {
    const since = this.now()
    this.#suspended = true
    return () => {
      this.#suspended = false
      for (const question of this.#questions.values()) {
        question.approval = postponed(question.approval, this.now() - since)
        this.#arm(question)
      }
    }
  }

  /** Nothing that waits may run any more. */
  close(): void {
    this.#closed = true
    clearInterval(this.#tidying)
    for (const question of [...this.#questions.values()])
      this.#end(question, { status: 'expired', decided_by: 'restart' }, refusals.closing())
    this.#granted.write()
    this.#grants.close()
  }

  #require(id: string): Question {
    const question = this.#questions.get(id)
    if (!question || this.#expireIfDue(question)) throw refusals.notFound(id)
    return question
  }

  /** A grant that answers stands in the history like a person who does. */
  #byGrant(call: ToolCall, reason: string, rule: string | null, callHash: string): Yes | undefined {
    const grant = this.#grants.covering(call, rule)
    return grant && this.#runBy(grant, this.#newApproval(call, { reason, rule, callHash }))
  }

  #runBy(grant: Grant, asked: Approval): Yes {
    const by = `grant:${grant.id}`
    const at = this.#time()
    this.#granted.add({ ...asked, status: 'approved', decided_at: at, decided_by: by, used_at: at })
    this.#grants.countUse(grant)
    this.#countCreated()
    return { by }
  }

  /** One that the same asked: names may have gone to others since. */
  #openFor(callHash: string, rule: string | null, boundTo: string): Question | undefined {
    for (const question of this.#questions.values()) {
      const { approval, waiters } = question
      if (approval.call_hash !== callHash || approval.rule !== rule || question.boundTo !== boundTo || this.#expireIfDue(question)) continue
      if (waiters.size >= approvalLimits.callsPerApproval)
        throw refusals.full(`${approvalLimits.callsPerApproval} identical calls wait for the same approval`)
      return question
    }
    return undefined
  }

  #create(call: ToolCall, asking: Asking, boundTo: string): Question {
    const argumentsChars = JSON.stringify(call.arguments).length
    requireRoom([...this.#questions.values()], call.context.client, argumentsChars)
    const approval = this.#newApproval(call, asking)
    const question: Question = { approval, call, boundTo, argumentsChars, waiters: new Set() }
    this.host.store.approvals.put(forStore(approval))
    this.#questions.set(approval.id, question)
    this.#arm(question)
    this.#countCreated()
    this.host.emit('approval.created', { approval })
    this.tell.opened(approval)
    return question
  }

  #newApproval(call: ToolCall, asking: Asking): Approval {
    return newApproval(call, asking, this.host.config().hil, this.now())
  }

  #wait(question: Question, call: ToolCall): Promise<Yes> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: Yes | GatewayError) => {
        clearTimeout(deadline)
        call.signal.removeEventListener('abort', leave)
        question.waiters.delete(waiter)
        if (outcome instanceof GatewayError) reject(outcome)
        else resolve(outcome)
      }
      const waiter: Waiter = { call, settle }
      const leave = () => {
        const isClosing = call.signal.reason instanceof GatewayError && call.signal.reason.code === 'gateway.closing'
        settle(isClosing ? refusals.closing() : refusals.cancelled())
        if (question.waiters.size > 0) return
        this.#end(question, isClosing ? { status: 'expired', decided_by: 'restart' } : { status: 'withdrawn', decided_by: 'caller' })
      }
      const deadline = setTimeout(() => settle(refusals.comeBack(question.approval)), this.#holdMs(call))
      call.signal.addEventListener('abort', leave)
      question.waiters.add(waiter)
    })
  }

  /** How long this call is held. A client that shows no sign of progress gives up after about 60 s, so it is answered before that. */
  #holdMs(call: ToolCall): number {
    const { timeout_seconds, impatient_seconds } = this.host.config().hil
    const { door } = call.context
    const impatient = (door === 'mcp' || door === 'meta') && !call.tellsProgress
    return 1000 * (impatient ? Math.min(timeout_seconds, impatient_seconds) : timeout_seconds)
  }

  #arm(question: Question): void {
    clearTimeout(question.expiry)
    const inMs = Date.parse(question.approval.expires_at) - this.now()
    question.expiry = setTimeout(() => this.#suspended || this.#expire(question), inMs).unref()
  }

  /** A machine that slept wakes up before its timers do. */
  #expireIfDue(question: Question): boolean {
    if (this.#suspended || question.approval.expires_at > this.#time()) return false
    this.#expire(question)
    return true
  }

  #expire(question: Question): void {
    this.#end(question, { status: 'expired', decided_by: 'timeout' }, refusals.undecided(question.approval))
  }

  #denyNow(question: Question, ending: Ending): void {
    const denied = this.#ended(question, ending)
    if (question.waiters.size === 0) this.#tickets.keepDenial(denied)
    this.#end(question, ending, refusals.deniedByPerson(denied))
  }

  /** An end that nobody decided for this one call; a store that cannot note it changes nothing about it. */
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
    if (error) answerAll(question, error)
    this.#tellClosed(ended)
  }

  /** Checks all that a yes brings. @throws GatewayError; nothing has happened then */
  #extrasOf(question: Question, { by, arguments: wanted, grant: wish }: ApprovalDecision): Extras {
    const isPlain = !wanted && !wish
    if (by === 'notification' && !(isPlain && mayNotificationApprove(this.host, question))) throw refusals.notByNotification()
    if (!isPlain && this.#isStale(question)) throw refusals.changedSince()
    const { approval, call, boundTo } = question
    const edited = wanted && editedArguments(call, wanted)
    const grant = wish && this.#grants.draft({ approval, call, arguments: edited ?? call.arguments, boundTo, by }, wish)
    return { edited, grant }
  }

  /** The person looked at something that is not there any more. */
  #isStale({ approval, call, boundTo }: Question): boolean {
    const { client, group } = call.context
    return this.host.callHash(call) !== approval.call_hash || this.host.nameHash({ client, group, server: call.server }) !== boundTo
  }

  #endingBy({ waiters, call }: Question, { approve, reason, by }: ApprovalDecision, { edited }: Extras): Ending {
    return {
      status: approve ? 'approved' : 'denied',
      decided_by: by,
      decision_reason: wordsOf(reason),
      used_at: approve && waiters.size > 0 ? this.#time() : null,
      ...(edited && { arguments: edited, call_hash: this.host.callHash({ ...call, arguments: edited }), edited: true }),
    }
  }

  /** Both or neither. @throws GatewayError `store.unavailable` */
  #store(decided: Approval, grant: Grant | undefined): void {
    if (grant) this.#grants.put(grant)
    try {
      this.host.store.approvals.put(decided)
    } catch (thrown) {
      if (grant) this.#grants.removeQuietly(grant.id)
      throw thrown
    }
  }

  /** To the calls that wait; if they were all sent away, to the one that comes back. */
  #deliver(question: Question, decided: Approval, { edited, grant }: Extras): void {
    if (decided.status !== 'approved') {
      if (question.waiters.size === 0) this.#tickets.keepDenial(decided)
      return answerAll(question, refusals.deniedByPerson(decided))
    }
    if (question.waiters.size > 0) return answerAll(question, yesOf(decided.id, edited))
    // The call that comes back runs by the grant; unless a person has changed what it is to run with.
    if (edited || !grant) this.#tickets.keepApproval(decided, question, edited)
  }

  /** What waits and is covered by the new grant runs at once. */
  #enforce(grant: Grant): void {
    this.host.emit('grants.changed', { ids: [grant.id] })
    for (const question of [...this.#questions.values()]) if (!this.#expireIfDue(question)) this.#answerBy(grant, question)
  }

  /** Each waiting call is looked at by itself: identical ones may come from other sessions. */
  #answerBy(grant: Grant, question: Question): void {
    const { approval, call, waiters } = question
    const isCovered = (asked: ToolCall) => this.#grants.covers(grant, asked, approval.rule ?? null)
    const covered = [...waiters].filter((waiter) => isCovered(waiter.call))
    if (covered.length === 0 && (waiters.size > 0 || !isCovered(call))) return
    if (covered.length < waiters.size) return this.#answerSome(grant, question, covered)
    for (const waiter of covered) {
      this.#grants.countUse(grant)
      waiter.settle({ by: `grant:${grant.id}` })
    }
    const used_at = covered.length > 0 ? this.#time() : null
    this.#end(question, { status: 'approved', decided_by: `grant:${grant.id}`, used_at })
  }

  /** The question stays open for the others, so these have rows of their own in the history. */
  #answerSome(grant: Grant, { approval }: Question, covered: readonly Waiter[]): void {
    for (const { call, settle } of covered) {
      const asked = this.#newApproval(call, { reason: approval.reason, rule: approval.rule ?? null, callHash: approval.call_hash })
      settle(this.#runBy(grant, asked))
    }
  }

  #ended({ approval }: Question, ending: Ending): Approval {
    return { ...approval, ...ending, decided_at: this.#time() }
  }

  #remove(question: Question): boolean {
    clearTimeout(question.expiry)
    return this.#questions.delete(question.approval.id)
  }

  #tellClosed(approval: Approval): void {
    this.host.emit('approval.closed', { approval })
    this.tell.closed(approval)
  }

  #countCreated(): void {
    if (++this.#created % createdBetweenTidyings === 0) this.#tidy()
  }

  #tidy(): void {
    this.#granted.write()
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

function wordsOf(reason: string | undefined): string | null {
  const words = (reason ?? '').trim().slice(0, approvalLimits.reasonChars)
  return words === '' ? null : words
}
