import type { Command } from 'commander'
import type { Approval } from '../../shared/records'
import { approvalWords, findApproval, outcomeCell } from './approval-words'
import { approverCredential, read, type GatewayClient } from './client'
import { decide } from './decide'
import { examples, onGateway, whole, type GatewayOptions } from './options'
import { hint, print } from './terminal'
import { since, table, visible } from './text'

interface ListOptions {
  readonly history?: boolean
  readonly limit: number
}
interface DecideOptions {
  readonly reason?: string
}

export function defineApprovals(command: Command): void {
  command.addHelpText(
    'after',
    `\nDeciding needs the approver credential, from $FAST_GATEWAY_APPROVER_TOKEN or asked for.\n${examples('approvals watch', 'approvals list', 'approvals approve 3f2a9c1d', 'approvals deny 3f2a9c1d --reason "use the staging database"')}`,
  )
  const list = command.command('list').alias('ls').description('Show the calls that wait for a person.')
  list.option('--history', 'also what was decided, newest first').option('--limit <number>', 'how many of the history', whole(1, 1000), 50)
  onGateway<ListOptions, []>(list.addHelpText('after', examples('approvals list', 'approvals list --history --json')), listApprovals)
  for (const word of ['approve', 'deny'] as const) defineDecision(command.command(word), word)
  const watch = command.command('watch').description('Show calls as they come to wait; on a terminal, ask about each.')
  onGateway(watch.addHelpText('after', examples('approvals watch', 'approvals watch --json')), async (gateway, options) => {
    const { watchApprovals } = await import('./approvals-watch')
    await watchApprovals(gateway, options)
  })
}

function defineDecision(command: Command, word: 'approve' | 'deny'): void {
  const reason = word === 'approve' ? 'words for the record' : 'words for the model, such as what to do instead'
  command
    .description(word === 'approve' ? 'Let a waiting call run.' : 'Refuse a waiting call.')
    .argument('<id>', 'approval, or enough of the beginning of its id')
    .option('--reason <text>', reason)
    .addHelpText(
      'after',
      examples(word === 'approve' ? 'approvals approve 3f2a9c1d' : 'approvals deny 3f2a9c1d --reason "not on production"'),
    )
  onGateway<DecideOptions, [string]>(command, async (gateway, options, id) => {
    const found = findApproval(await read(gateway.approvals.pending.$get()), id)
    const result = await decide(gateway, await approverCredential(gateway), found.id, word === 'approve', options.reason)
    print(options, result, () => `${word === 'approve' ? 'Approved' : 'Denied'} ${visible(found.tool_name)} for ${visible(found.client)}.`)
  })
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
