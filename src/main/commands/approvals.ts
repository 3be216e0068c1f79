import { Option, type Command } from 'commander'
import type { Approval, Grant } from '../../shared/records'
import { approvalWords, findApproval, outcomeCell } from './approval-words'
import { approverCredential, read, type GatewayClient } from './client'
import { decide, type Answer } from './decide'
import { misuse } from './failure'
import { examples, onGateway, span, whole, type GatewayOptions } from './options'
import { hint, print } from './terminal'
import { since, table, visible } from './text'
import { objectFrom } from './tool-arguments'

interface ListOptions {
  readonly history?: boolean
  readonly limit: number
}
interface DecideOptions {
  readonly reason?: string
  readonly grant?: Exclude<Grant['scope'], 'once'>
  /** Seconds. */
  readonly for?: number
  readonly args?: string
}

export function defineApprovals(command: Command): void {
  command.addHelpText(
    'after',
    `\nDeciding needs the approver credential, from $FAST_GATEWAY_APPROVER_TOKEN or\nasked for.\n${examples('approvals watch', 'approvals list', 'approvals approve 3f2a9c1d', 'approvals deny 3f2a9c1d --reason "use the staging database"', 'approvals grants')}`,
  )
  const list = command.command('list').alias('ls').description('Show the calls that wait for a person.')
  list.option('--history', 'also what was decided, newest first').option('--limit <number>', 'how many of the history', whole(1, 1000), 50)
  onGateway<ListOptions, []>(list.addHelpText('after', examples('approvals list', 'approvals list --history --json')), listApprovals)
  for (const word of ['approve', 'deny'] as const) defineDecision(command.command(word), word)
  defineGrants(command)
  const watch = command.command('watch').description('Show calls as they come to wait; on a terminal, ask about each.')
  onGateway(watch.addHelpText('after', examples('approvals watch', 'approvals watch --json')), async (gateway, options) => {
    const { watchApprovals } = await import('./approvals-watch')
    await watchApprovals(gateway, options)
  })
}

function defineGrants(command: Command): void {
  const list = command.command('grants').description('Show what runs without a question, because a person said so.')
  onGateway(list.addHelpText('after', examples('approvals grants', 'approvals grants --json')), async (gateway, options) => {
    const { listGrants } = await import('./approvals-grants')
    await listGrants(gateway, options)
  })
  const revoke = command.command('revoke').description('Take a grant back: its calls ask again.')
  revoke.argument('<id>', 'grant, or enough of the beginning of its id').addHelpText('after', examples('approvals revoke 7c01d4e2'))
  onGateway<object, [string]>(revoke, async (gateway, options, id) => {
    const { revokeGrant } = await import('./approvals-grants')
    await revokeGrant(gateway, options, id)
  })
}

function defineDecision(command: Command, word: 'approve' | 'deny'): void {
  const reason = word === 'approve' ? 'words for the record' : 'words for the model, such as what to do instead'
  command
    .description(word === 'approve' ? 'Let a waiting call run.' : 'Refuse a waiting call.')
    .argument('<id>', 'approval, or enough of the beginning of its id')
    .option('--reason <text>', reason)
    .addHelpText('after', examples(...decisionExamples[word]))
  if (word === 'approve') defineExtras(command)
  onGateway<DecideOptions, [string]>(command, async (gateway, options, id) => {
    const answer = await answerOf(options)
    const found = findApproval(await read(gateway.approvals.pending.$get()), id)
    const result = await decide(gateway, await approverCredential(gateway), found.id, word === 'approve', answer)
    const how = result.approval.edited ? ' with your arguments' : ''
    print(
      options,
      result,
      () => `${word === 'approve' ? 'Approved' : 'Denied'} ${visible(found.tool_name)} for ${visible(found.client)}${how}.`,
    )
    if (answer.grant) hint(options, 'Later calls run by a grant: fast-gateway approvals grants')
  })
}

const decisionExamples = {
  approve: [
    'approvals approve 3f2a9c1d',
    'approvals approve 3f2a9c1d --grant tool --for 8h',
    `approvals approve 3f2a9c1d --args '{"branch": "staging"}'`,
  ],
  deny: ['approvals deny 3f2a9c1d --reason "not on production"'],
} as const

function defineExtras(command: Command): void {
  const reach = 'later calls too: of this tool in this session, of this tool, or with exactly these arguments'
  command
    .addOption(new Option('--grant <reach>', reach).choices(['session', 'tool', 'arguments']))
    .option('--for <time>', 'how long the grant holds: 30m, 8h, 7d (default: 1 day for a session, else 30 days)', span)
    .option('--args <json>', 'run with these arguments instead: one JSON object, @FILE, or - for standard input')
}

async function answerOf({ reason, grant: scope, for: seconds, args }: DecideOptions): Promise<Answer> {
  if (seconds !== undefined && scope === undefined) throw misuse('--for says how long a grant holds; say which with --grant.')
  return {
    reason,
    ...(scope && { grant: { scope, expires_in_seconds: seconds } }),
    ...(args !== undefined && { arguments: await objectFrom(args) }),
  }
}

async function listApprovals(gateway: GatewayClient, options: GatewayOptions & ListOptions): Promise<void> {
  if (options.history) return listHistory(gateway, options)
  const pending = await read(gateway.approvals.pending.$get())
  print(options, pending, () => (pending.length === 0 ? 'Nothing waits for a person.' : pending.map(approvalWords).join('\n\n')))
  if (pending.length > 0) hint(options, '\nDecide: fast-gateway approvals approve ID, or deny ID --reason TEXT, or watch')
}

async function listHistory(gateway: GatewayClient, options: GatewayOptions & ListOptions): Promise<void> {
  const approvals = await read(gateway.approvals.history.$get({ query: { limit: String(options.limit) } }))
  const row = (approval: Approval) => [
    approval.id.slice(0, 8),
    since(approval.created_at),
    approval.client,
    approval.tool_name,
    outcomeCell(approval),
    approval.decision_reason ?? '',
  ]
  print(options, approvals, () =>
    approvals.length === 0 ? 'Nothing was ever asked.' : table(['ID', 'ASKED', 'CLIENT', 'TOOL', 'OUTCOME', 'REASON'], approvals.map(row)),
  )
}
