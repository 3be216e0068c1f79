import { randomUUID } from 'node:crypto'
import type { Approval, Grant } from '../../../shared/records'
import type { Arguments, ToolCall } from '../../gateway/hooks'
import type { PluginHost } from '../../gateway/plugin'
import type { GrantBook } from './grants'
import type { Question } from './question'
import { deniedByPerson } from './refusals'

/** A person's yes to one call: what the audit calls it, and other arguments where the person wanted others. */
export interface Yes {
  readonly by: string
  readonly arguments?: Arguments
}

/** As the audit calls it, which then tells of an edit too: `approval:ID`, `approval:ID:edited`. */
export const yesOf = (approvalId: string, edited: Arguments | undefined): Yes =>
  edited ? { by: `approval:${approvalId}:edited`, arguments: edited } : { by: `approval:${approvalId}` }

/** Other arguments for a call whose caller had gone, and the ticket by which they run. */
interface Edit {
  readonly grantId: string
  readonly arguments: Arguments
}

/**
 * What a person decided after the caller had been sent away: found once by the identical call of the same client, before the
 * approval expires. A yes is a Grant in the store and survives a restart; a no is kept in memory, since forgetting it only asks again.
 * So are edited arguments, which may hold secrets: after a restart the ticket is good for a call that comes with them by itself.
 */
export class Tickets {
  readonly #denials = new Map<string, Approval>()
  readonly #edits = new Map<string, Edit>()

  constructor(
    private readonly host: Pick<PluginHost, 'store' | 'callHash'>,
    private readonly book: GrantBook,
    private readonly now: () => string,
  ) {}

  /** @param approval its `call_hash` is of the call that may run, not of the one that asked; `edited`: what it runs with instead */
  keepApproval(approval: Approval, asked: Question, edited: Arguments | undefined): void {
    this.forgetExpired()
    const ticket = ticketFor(approval, asked, this.now())
    this.book.put(ticket)
    if (edited) this.#edits.set(asked.approval.call_hash, { grantId: ticket.id, arguments: edited })
  }

  keepDenial(approval: Approval): void {
    this.forgetExpired()
    this.#denials.set(approval.call_hash, approval)
  }

  /** @returns by what this call may run, once; undefined = nobody has decided. @throws GatewayError `tool.unconfirmed`, once */
  redeem(call: ToolCall, callHash: string): Yes | undefined {
    this.#tellDenial(callHash)
    const edit = this.#edits.get(callHash)
    this.#edits.delete(callHash)
    const edited = edit && this.#use(call, this.host.callHash({ ...call, arguments: edit.arguments }), edit.grantId)
    if (edit && edited) return yesOf(edited.approval_id, edit.arguments)
    const ticket = this.#use(call, callHash)
    return ticket && yesOf(ticket.approval_id, undefined)
  }

  forgetExpired(): void {
    const now = this.now()
    for (const [hash, approval] of this.#denials) if (approval.expires_at <= now) this.#denials.delete(hash)
    this.book.forgetExpired()
    for (const [hash, { grantId }] of this.#edits) if (!this.book.get(grantId)) this.#edits.delete(hash)
  }

  /** Marked before anything runs: if the store cannot say that it is used, it is not used. */
  #use(call: ToolCall, callHash: string, id?: string): Grant | undefined {
    const ticket = this.book.ticket(call, callHash, id)
    if (!ticket) return undefined
    const at = this.now()
    this.book.put({ ...ticket, used_at: at })
    const approval = this.host.store.approvals.get(ticket.approval_id)
    if (approval) this.host.store.approvals.put({ ...approval, used_at: at })
    return ticket
  }

  #tellDenial(callHash: string): void {
    const denied = this.#denials.get(callHash)
    if (!denied) return
    this.#denials.delete(callHash)
    if (denied.expires_at > this.now()) throw deniedByPerson(denied)
  }
}

const ticketFor = (approval: Approval, { call, boundTo }: Question, at: string): Grant => ({
  id: randomUUID(),
  scope: 'once',
  approval_id: approval.id,
  client: approval.client,
  group: approval.group,
  session_id: approval.session_id,
  server: approval.server,
  tool: approval.tool,
  definition_hash: call.definition.definition_hash,
  call_hash: approval.call_hash,
  created_at: at,
  expires_at: approval.expires_at,
  used_at: null,
  granted_by: approval.decided_by,
  bound_to: boundTo,
})
