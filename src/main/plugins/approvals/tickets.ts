import { randomUUID } from 'node:crypto'
import { GatewayError } from '../../../shared/errors'
import type { Approval, Grant } from '../../../shared/records'
import type { ToolCall } from '../../gateway/hooks'
import type { Store } from '../../gateway/store/store'

/**
 * What a person decided after the caller had been sent away: found once by the identical call of the same client, before the
 * approval expires. A yes is a Grant in the store and survives a restart; a no is kept in memory, since forgetting it only asks again.
 */
export class Tickets {
  readonly #denials = new Map<string, Approval>()

  constructor(
    private readonly store: Store,
    private readonly now: () => string,
  ) {}

  keepApproval(approval: Approval, definitionHash: string): void {
    this.forgetExpired()
    this.store.grants.put({
      id: randomUUID(),
      scope: 'once',
      approval_id: approval.id,
      client: approval.client,
      group: approval.group,
      session_id: approval.session_id,
      server: approval.server,
      tool: approval.tool,
      definition_hash: definitionHash,
      call_hash: approval.call_hash,
      created_at: this.now(),
      expires_at: approval.expires_at,
      used_at: null,
    })
  }

  keepDenial(approval: Approval): void {
    this.forgetExpired()
    this.#denials.set(approval.call_hash, approval)
  }

  /** @returns the id of the approval that this call may run by, once; undefined = nobody has decided. @throws GatewayError `tool.unconfirmed`, once */
  redeem(call: ToolCall, callHash: string): string | undefined {
    this.#tellDenial(callHash)
    const grant = this.store.grants.list().find((each) => this.#permits(each, call, callHash))
    if (!grant) return undefined
    const at = this.now()
    // Marked before anything runs: if the store cannot say that it is used, it is not used.
    this.store.grants.put({ ...grant, used_at: at })
    const approval = this.store.approvals.get(grant.approval_id)
    if (approval) this.store.approvals.put({ ...approval, used_at: at })
    return grant.approval_id
  }

  forgetExpired(): void {
    const now = this.now()
    for (const [hash, approval] of this.#denials) if (approval.expires_at <= now) this.#denials.delete(hash)
    for (const grant of this.store.grants.list()) if (grant.scope === 'once' && grant.expires_at <= now) this.store.grants.remove(grant.id)
  }

  #permits(grant: Grant, call: ToolCall, callHash: string): boolean {
    const same = grant.scope === 'once' && grant.call_hash === callHash && grant.client === call.context.client
    return same && grant.used_at === null && grant.expires_at > this.now()
  }

  #tellDenial(callHash: string): void {
    const denied = this.#denials.get(callHash)
    if (!denied) return
    this.#denials.delete(callHash)
    if (denied.expires_at > this.now()) throw deniedByPerson(denied)
  }
}

/** What the model reads when a person said no, with their own words. */
export function deniedByPerson(approval: Approval): GatewayError {
  const words = approval.decision_reason ? `they say: ${approval.decision_reason}` : 'they gave no reason'
  return new GatewayError('tool.unconfirmed', `A person denied this call; ${words}`, { details: { approval_id: approval.id } })
}
