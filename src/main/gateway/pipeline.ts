import { GatewayError, toGatewayError } from '../../shared/errors'
import type { Arguments, CallTool, CallToolResult, Decision, HookList, ToolCall, ToolOutcome } from './hooks'
import { parseJson } from './mcp/message'

/** What the pipeline runs on. `callUpstream` is the last step with every plugin's `around` about it. */
export interface PipelineParts {
  readonly hooks: HookList
  readonly callUpstream: CallTool
  /** What an approval is bound to, computed from the definition and policy of this moment. */
  callHash(call: ToolCall): string
}

/** Told when a person is asked, so that the caller can be kept waiting properly; what it returns is called when the wait is over. */
export type Hold = (reason: string) => () => void

/**
 * One tool call, from the caller's arguments to the result that they see: screen, confirm, call, finish.
 * Fails closed: a hook that throws before the upstream is called denies the call.
 * @throws GatewayError `tool.denied`, `tool.unconfirmed`, or what the upstream failed with
 */
export async function runToolCall(parts: PipelineParts, asked: ToolCall, hold: Hold): Promise<ToolOutcome> {
  let call = asked
  try {
    const screened = await screen(parts.hooks, asked)
    call = screened.call
    const permit =
      screened.reasons.length === 0 ? allowedBy(call, screened.rule) : await confirm(parts, call, screened.reasons.join('; '), hold)
    call = permit.call
    if (call.signal.aborted) throw new GatewayError('call.cancelled', 'The caller went away before the tool was called.')
    return await finish(parts.hooks, await parts.callUpstream(call, permit.decision), call)
  } catch (thrown) {
    const error = toGatewayError(thrown)
    await observe(parts.hooks, error, call)
    throw error
  }
}

/** Tells the observers of a call that was refused before it could enter the pipeline. */
export async function observeRefusal(hooks: HookList, error: GatewayError, call: ToolCall): Promise<void> {
  await observe(hooks, error, call)
}

interface Permit {
  readonly call: ToolCall
  readonly decision: Decision
}

const allowedBy = (call: ToolCall, rule: string): Permit => ({ call, decision: { effect: 'allow', by: rule } })

/** Every pre-hook in order: each may change the arguments or ask for confirmation; the first denial ends it. */
async function screen(hooks: HookList, asked: ToolCall): Promise<{ call: ToolCall; reasons: string[]; rule: string }> {
  const reasons: string[] = []
  let call = asked
  let rule = 'default'
  for (const hook of hooks.preToolCall) {
    const verdict = await closed(() => hook(call))
    if (!verdict) continue
    if (verdict.decision === 'deny') throw new GatewayError('tool.denied', verdict.reason, { details: { rule: verdict.rule } })
    if (verdict.decision === 'confirm') reasons.push(verdict.reason)
    if (verdict.rule !== undefined) rule = verdict.rule
    if (verdict.arguments) call = withArguments(call, verdict.arguments)
  }
  return { call, reasons, rule }
}

/** Asked once, on the final arguments; everyone must agree, and nobody to ask means no. The answer holds only for what was shown. */
async function confirm(parts: PipelineParts, call: ToolCall, reason: string, hold: Hold): Promise<Permit> {
  if (parts.hooks.confirmation.length === 0) throw new GatewayError('tool.unconfirmed', `${reason}; nobody is here to approve it`)
  const shown = parts.callHash(call)
  const release = hold(reason)
  try {
    const permit = await askEveryone(parts.hooks, call, reason)
    if (parts.callHash(call) !== shown)
      throw new GatewayError('tool.unconfirmed', 'The tool or the policy changed while this call waited for approval; call again.')
    return permit
  } finally {
    release()
  }
}

async function askEveryone(hooks: HookList, call: ToolCall, reason: string): Promise<Permit> {
  let confirmed = call
  const by: string[] = []
  for (const hook of hooks.confirmation) {
    const answer = await closed(() => hook(confirmed, reason))
    if (!answer) throw new GatewayError('tool.unconfirmed', `Not approved: ${reason}`)
    if (answer === true) continue
    by.push(answer.by)
    if (answer.arguments) confirmed = withArguments(confirmed, answer.arguments)
  }
  return { call: confirmed, decision: { effect: 'approved', by: by.join(', ') || 'confirmation' } }
}

async function finish(hooks: HookList, outcome: ToolOutcome, call: ToolCall): Promise<ToolOutcome> {
  if (hooks.postToolCall.length === 0) return outcome
  let seen = parseJson(outcome.result) as CallToolResult
  const before = seen
  for (const hook of hooks.postToolCall) seen = (await hook(seen, call)) ?? seen
  return seen === before ? outcome : { result: JSON.stringify(seen), isError: seen.isError === true }
}

/** Observers see the failure and cannot change it; their own failures never mask it. */
async function observe(hooks: HookList, error: GatewayError, call: ToolCall): Promise<void> {
  await Promise.allSettled(hooks.toolError.map(async (hook) => hook(error, call)))
}

const withArguments = (call: ToolCall, args: Arguments): ToolCall => Object.freeze({ ...call, arguments: args })

/** Runs a check; one that breaks is a refusal, not an accident. */
async function closed<T>(check: () => T | Promise<T>): Promise<T> {
  try {
    return await check()
  } catch (thrown) {
    if (thrown instanceof GatewayError) throw thrown
    throw new GatewayError('tool.denied', 'A check of this call failed, so it was refused; see the gateway log.', { cause: thrown })
  }
}
