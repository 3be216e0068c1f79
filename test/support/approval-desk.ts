import { expect, vi } from 'vitest'
import type { GatewayError } from '../../src/shared/errors'
import type { Confirmed, ToolCall } from '../../src/main/gateway/hooks'
import { approvalsPlugin, type ApprovalDecision, type ApprovalsOptions } from '../../src/main/plugins/approvals'
import { fakeCall, fakeHost, fakeTool, type FakeCallOptions, type FakeHost, type FakeHostOptions } from './plugin-host'

export type Outcome = { yes: Confirmed } | { no: GatewayError }

/** The approvals plugin in a host of the tests, whose catalogue has `github_delete`. Wants fake timers. */
export async function openDesk(options: FakeHostOptions & ApprovalsOptions = {}) {
  const host = fakeHost(options)
  host.tools = [fakeTool('github_delete')]
  const plugin = approvalsPlugin(options)
  const contribution = await plugin.contribute(host)
  const confirm = async (call: ToolCall, rule: string | null): Promise<Confirmed> =>
    (await contribution.hooks?.confirmation?.(call, 'destructive', rule)) ?? false
  /** Asks and does not wait: `settled` is undefined while the call is held. */
  const ask = async (call: ToolCall | FakeCallOptions = {}, rule: string | null = 'confirm:destructive') => {
    const asked: { settled?: Outcome } = {}
    void confirm('definition' in call ? call : fakeCall(call), rule).then(
      (yes) => (asked.settled = { yes }),
      (no: GatewayError) => (asked.settled = { no }),
    )
    await turn()
    return asked
  }
  /** Decides the oldest question. */
  const decide = async (approve: boolean, reason?: string, more: Partial<ApprovalDecision> = {}) => {
    const decided = plugin.decide(plugin.pending()[0]?.id ?? 'none', { approve, reason, by: 'approver', ...more })
    await turn()
    return decided
  }
  return { host, plugin, ask, decide, pause: () => contribution.pause?.(), close: () => contribution.close?.() }
}

export const turn = () => vi.advanceTimersByTimeAsync(0)
export const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000)
export const refused = (code: string, words = '') => ({
  settled: { no: expect.objectContaining({ code, message: expect.stringContaining(words) as string }) as unknown },
})
export const allowedBy = (id: string) => ({ settled: { yes: { by: `approval:${id}` } } })
export const grantedBy = (id: string | undefined) => ({ settled: { yes: { by: `grant:${id}` } } })
export const stored = (host: FakeHost) => host.tables.approvals.list()
