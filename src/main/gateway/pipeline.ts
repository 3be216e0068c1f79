import { canonicalJson } from '../../shared/canonical-json'
import { GatewayError, toGatewayError } from '../../shared/errors'
import type { Arguments, CallTool, CallToolResult, Decision, HookList, ToolCall, ToolOutcome, Verdict } from './hooks'
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
    const permit = screened.asks.length === 0 ? allowedBy(call, screened.rule) : await confirm(parts, call, screened.asks, hold)
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

/** Why a pre-hook wants a person asked, and the rule that says so. */
type Ask = Extract<Verdict, { readonly decision: 'confirm' }>

interface Screened {
  readonly call: ToolCall
  readonly asks: readonly Ask[]
  readonly rule: string
}

/** Every pre-hook in order: each may change the arguments or ask for confirmation; the first denial ends it. */
async function screen(hooks: HookList, asked: ToolCall): Promise<Screened> {
  const asks: Ask[] = []
  let call = asked
  let rule = 'default'
  for (const hook of hooks.preToolCall) {
    const verdict = await closed(() => hook(call))
    if (!verdict) continue
    if (verdict.decision === 'deny') throw new GatewayError('tool.denied', verdict.reason, { details: { rule: verdict.rule } })
    if (verdict.decision === 'confirm') asks.push(verdict)
    if (verdict.rule !== undefined) rule = verdict.rule
    if (verdict.arguments) call = withArguments(call, verdict.arguments)
  }
  return { call, asks, rule }
}

/** Asked once, on the final arguments; everyone must agree, and nobody to ask means no. The answer holds only for what was shown. */
async function confirm(parts: PipelineParts, call: ToolCall, asks: readonly Ask[], hold: Hold): Promise<Permit> {
  const reason = asks.map((ask) => ask.reason).join('; ')
  if (parts.hooks.confirmation.length === 0) throw new GatewayError('tool.unconfirmed', `${reason}; nobody is here to approve it`)
  const shown = parts.callHash(call)
  const release = hold(reason)
  try {
    const { agreedHash, ...permit } = await askEveryone(parts, call, reason, ruleOf(asks))
    if (permit.call !== call) await screenEdited(parts.hooks, permit.call)
    if (parts.callHash(call) !== shown || parts.callHash(permit.call) !== agreedHash)
      throw new GatewayError('tool.unconfirmed', 'The tool or the policy changed while this call waited for approval; call again.')
    return permit
  } finally {
    release()
  }
}

/** A rule without a name among others keeps its place: who knows only the others must not take them for all. */
const ruleOf = (asks: readonly Ask[]): string | null =>
  asks.every(({ rule }) => rule === undefined) ? null : asks.map(({ rule }) => rule ?? 'unnamed').join('; ')

/** How often each confirmation hook may be asked about one call, because another has changed the arguments. */
const mostRounds = 5

/** Round and round, until all hooks in a row have agreed to the same arguments. `agreedHash` is of the call that they agreed to. */
async function askEveryone(
  parts: PipelineParts,
  asked: ToolCall,
  reason: string,
  rule: string | null,
): Promise<Permit & { readonly agreedHash: string }> {
  const hooks = parts.hooks.confirmation
  const by = new Map<number, string>()
  let call = asked
  let agreedHash = parts.callHash(call)
  for (let turn = 0, agreed = 0; agreed < hooks.length; turn++) {
    if (turn >= mostRounds * hooks.length)
      throw new GatewayError('tool.unconfirmed', `Not approved, since nobody agrees on one call: ${reason}`)
    const answer = await closed(async () => hooks[turn % hooks.length]?.(call, reason, rule))
    if (!answer) throw new GatewayError('tool.unconfirmed', `Not approved: ${reason}`)
    if (answer !== true) by.set(turn % hooks.length, answer.by)
    const edited = answer === true ? undefined : await closed(() => editedBy(answer, call))
    agreed = edited ? 1 : agreed + 1
    if (!edited) continue
    call = edited
    agreedHash = parts.callHash(call)
  }
  return { call, agreedHash, decision: { effect: 'approved', by: [...by.values()].join(', ') || 'confirmation' } }
}

/** The call with other arguments, if these are others: a copy that nobody else holds, so that what was agreed to is what runs. */
function editedBy({ arguments: args }: { readonly arguments?: Arguments }, call: ToolCall): ToolCall | undefined {
  if (!args || canonicalJson(args) === canonicalJson(call.arguments)) return undefined
  return withArguments(call, parseJson(JSON.stringify(args)) as Arguments)
}

/** What a person wrote passes the same checks as what a client wrote. One that would change it is against it: a person agreed to this. */
async function screenEdited(hooks: HookList, call: ToolCall): Promise<void> {
  const screened = await screen(hooks, call)
  if (screened.call === call || canonicalJson(screened.call.arguments) === canonicalJson(call.arguments)) return
  throw new GatewayError(
    'tool.denied',
    'A person edited the arguments, and a check of the gateway would change them again; nothing was run.',
  )
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
