import type { Approval } from '../../shared/records'
import type { GatewayConfig } from '../gateway/config'
import type { Awaitable } from '../gateway/hooks'
import type { Plugin, PluginHost } from '../gateway/plugin'
import type { ApprovalReview } from '../../shared/review'
import { ApprovalDesk, type ApprovalDecision, type DenyAll, type PendingApproval } from './approvals/desk'
import { approvalHolds } from './approvals/holds'
import { notFound } from './approvals/refusals'

export { approvalLimits } from './approvals/limits'
export type { ApprovalDecision, DenyAll, PendingApproval } from './approvals/desk'
export type { GrantWish } from './approvals/grants'
export type { ApprovalRoutes } from './approvals/routes'

/** How people are told, and where the plugin takes its facts from. */
export interface ApprovalsOptions {
  /** Told of every new approval and where to look at it. Its failure or slowness never holds up the call. */
  readonly notifier?: (approval: Approval, url: string) => Awaitable<void>
  /** Told of every approval that is not pending any more, however it ended. Its failure changes nothing. */
  readonly onClosed?: (approval: Approval) => Awaitable<void>
  /** Where the routes are really reached, such as `http://127.0.0.1:7411/admin/hil`; `hil.approval_base_url` goes before it. */
  readonly baseUrl?: () => string
  /** Milliseconds since 1970. Default Date.now. */
  readonly now?: () => number
}

/** The approvals of a running gateway, for whoever speaks for a person in this process. */
export interface Approvals {
  /** Oldest first, with complete arguments. Empty before the gateway has started. */
  pending(): PendingApproval[]
  /**
   * The caller answers for `by` being a person. `by: 'notification'` may only approve what its rule lets a notification approve.
   * Refused for its arguments, its grant or the notification, the question stays open.
   * @throws GatewayError `approval.not_found` when it is not pending (any more), `input.*`, `limit.approvals`, `auth.forbidden`, `store.unavailable`
   */
  decide(id: string, decision: ApprovalDecision): Approval
  /** Denies all that waits, or what waits of one client. @returns how many questions */
  denyAll(denial: DenyAll): number
  /** Everything that a person needs to decide. @throws GatewayError `approval.not_found` when it is not pending (any more) */
  review(id: string): ApprovalReview
  /**
   * The machine goes to sleep, where nobody can decide: nothing expires until the function that it gives back is called, and what waits
   * then has that much longer.
   */
  suspend(): () => void
}

/**
 * Holds a call until a person has decided; mounted at `/admin/hil`.
 *
 * Identical calls of one client that wait at the same time share one approval: approving it lets each of them run, once.
 * A caller that is sent away at its deadline leaves a ticket: approved later, the identical call runs exactly once unasked;
 * denied later, it gets that answer once. The last waiting caller that cancels withdraws the question.
 * A yes may come with other arguments, which then run instead, and with a grant, by which later calls run unasked.
 * The record in memory has the complete arguments, for the person who decides; what the store keeps is redacted.
 */
export function approvalsPlugin(options: ApprovalsOptions = {}): Plugin & Approvals {
  let desk: ApprovalDesk | undefined
  return {
    name: 'hil',
    pending: () => desk?.pending() ?? [],
    decide(id, decision) {
      if (!desk) throw notFound(id)
      return desk.decide(id, decision)
    },
    denyAll: (denial) => desk?.denyAll(denial) ?? 0,
    review(id) {
      if (!desk) throw notFound(id)
      return desk.review(id)
    },
    suspend: () => desk?.suspend() ?? (() => undefined),
    contribute(host) {
      const tellers = {
        opened: (approval: Approval) => announce(host, options, approval),
        closed: (approval: Approval) => tell(host, approval, () => options.onClosed?.(approval)),
      }
      const opened = new ApprovalDesk(host, tellers, options.now ?? Date.now)
      desk = opened
      return {
        hooks: { confirmation: (call, reason, rule) => opened.ask(call, reason, rule) },
        routes: async () => (await import('./approvals/routes')).approvalRoutes(opened),
        holds: approvalHolds,
        pause: () => opened.pause(),
        close: () => opened.close(),
      }
    },
  }
}

function announce(host: PluginHost, options: ApprovalsOptions, approval: Approval): void {
  const { notifier } = options
  const config = host.config()
  const base = (config.hil.approval_base_url ?? options.baseUrl?.() ?? builtUrl(config)).replace(/\/+$/, '')
  const url = `${base}/pending/${approval.id}`
  host.log.info('A call waits for a person.', { approval: approval.id, client: approval.client, tool: approval.tool_name, url })
  tell(host, approval, () => notifier?.(approval, url))
}

/** Starts a teller and forgets it: nothing waits for it, and what it throws goes to the log. */
function tell(host: PluginHost, approval: Approval, teller: () => Awaitable<void> | undefined): void {
  void Promise.resolve()
    .then(teller)
    .catch((error: unknown) =>
      host.log.warn('The approval notifier failed; what it was told of goes on without it.', {
        approval: approval.id,
        error: String(error),
      }),
    )
}

const everywhere: readonly string[] = ['0.0.0.0', '::', '']

function builtUrl({ host, port, admin_prefix }: GatewayConfig): string {
  const reachable = everywhere.includes(host) ? '127.0.0.1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}${admin_prefix}/hil`
}
