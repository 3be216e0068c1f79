import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { nearest } from '../../shared/nearest'
import type { Effect, PolicyDocument } from '../../shared/records'
import type { PolicyReplay } from '../../shared/stats'
import { read, type GatewayClient } from './client'
import { Failure, misuse } from './failure'
import { examples, withGateway, onGateway, type GatewayOptions } from './options'
import { timeOf } from './past-time'
import { hint, print, tell } from './terminal'
import { count, jsonText, moment, styled, styledError, table, visible, type Style } from './text'

interface CheckOptions {
  readonly tool?: string
  readonly server?: string
  readonly client?: string
  readonly group?: string
}

export function definePolicy(command: Command): void {
  command.addHelpText(
    'after',
    examples('policy show', 'policy check gateway.json', 'policy check --tool github_delete_repo --client ci', 'policy replay draft.json'),
  )
  onGateway(command.command('show').description('Show the policy in force.'), show).addHelpText(
    'after',
    examples('policy show', 'policy show --json'),
  )
  defineReplay(command)
  const check = command.command('check').description('Check a policy or config file, or ask what the policy says of a call.')
  withGateway(check)
    .argument('[file]', 'policy or config file; the gateway need not run')
    .option('--tool <name>', 'tool, as agents see it, or with --server by its own name')
    .option('--server <name>', 'server of the tool')
    .option('--client <name>', 'client that calls')
    .option('--group <name>', 'group that it calls in')
    .addHelpText(
      'after',
      examples(
        'policy check policy.json',
        'policy check --tool demo_delete_note',
        'policy check --server github --tool delete_repo --group readonly',
      ),
    )
    .action(async (file: string | undefined, _options: unknown, self: Command) =>
      checkOne(file, self.optsWithGlobals<GatewayOptions & CheckOptions>()),
    )
}

const defineReplay = (command: Command) =>
  onGateway<{ readonly since?: string }, [string]>(
    command
      .command('replay')
      .description('Try a policy on the calls that were recorded, before it is saved.')
      .argument('<file>', 'policy or config file')
      .option('--since <time>', 'calls not older: 12h, 7d, or an ISO time (default: 7d)'),
    replay,
  ).addHelpText('after', examples('policy replay draft.json', 'policy replay draft.json --since 30d --json'))

async function replay(gateway: GatewayClient, options: GatewayOptions & { readonly since?: string }, file: string): Promise<void> {
  const { policy } = await policyIn(objectIn(file), file)
  const since = options.since === undefined ? {} : { since: timeOf(options.since) }
  const told = await read(gateway.policy.replay.$post({ json: { policy, ...since } }))
  print(options, told, () => replayWords(told))
}

function replayWords({ calls, complete, since, rules, changed, changes }: PolicyReplay): string {
  const head = `${count(calls, 'call')} since ${since}${complete ? '' : ', the newest'}; ${changed} would be decided otherwise than now.`
  if (calls === 0) return head
  const byRule = table(
    ['RULE', 'EFFECT', 'CALLS'],
    rules.map((rule) => [rule.rule, { text: rule.effect, style: styles[rule.effect] }, String(rule.count)]),
  )
  const byCall = changes.map((change) => [
    ...[moment(change.at), change.client, `${change.server}_${change.tool}`, change.before],
    { text: change.after, style: styles[change.after] },
    change.rule,
  ])
  return [head, byRule, ...(changed === 0 ? [] : [table(['TIME', 'CLIENT', 'TOOL', 'NOW', 'THEN', 'RULE'], byCall)])].join('\n\n')
}

async function show(gateway: GatewayClient, options: GatewayOptions): Promise<void> {
  const view = await read(gateway.policy.index.$get())
  print(options, view, () => jsonText(view.policy, 2))
  if (options.json) return
  if (view.policy.confirm === undefined)
    hint(options, 'No "confirm" list: tools with a destructive word in their name, or that say they destroy, ask a person.')
  for (const { rule, problem } of view.problems) tell(`${styledError('yellow', 'look at')} ${visible(rule)}: ${visible(problem)}`)
}

async function checkOne(file: string | undefined, options: GatewayOptions & CheckOptions): Promise<void> {
  if ((file === undefined) === (options.tool === undefined)) throw misuse('Give a file to check, or --tool to ask about a call.')
  if (file !== undefined) return checkFile(file, options)
  const { tool = '', server, client, group } = options
  const { openGateway } = await import('./client')
  const question = { tool, ...(server ? { server } : {}), ...(client ? { client } : {}), ...(group ? { group } : {}) }
  const decision = await read((await openGateway(options)).policy.check.$post({ json: question }))
  print(
    options,
    decision,
    () => `${styled(styles[decision.effect], decision.effect)}  ${visible(decision.rule)}: ${visible(decision.reason)}`,
  )
}

const styles: Readonly<Record<Effect, Style>> = { allow: 'green', ask: 'yellow', deny: 'red' }

/** Reads a file as the gateway would. @throws Failure that names every flaw */
async function checkFile(file: string, options: GatewayOptions): Promise<void> {
  const { policy, kind } = await policyIn(objectIn(file), file)
  const { policyProblems } = await import('../../shared/policy-problems')
  const problems = policyProblems(policy, [])
  print(options, { ok: true, kind, policy, problems }, () => `${styled('green', 'ok')}  ${file} is a valid ${kind} file.`)
  for (const { rule, problem } of options.json ? [] : problems) tell(`${styledError('yellow', 'look at')} ${rule}: ${problem}`)
}

interface Checked {
  readonly policy: PolicyDocument
  readonly kind: 'policy' | 'config'
}

async function policyIn(json: Readonly<Record<string, unknown>>, file: string): Promise<Checked> {
  const [{ parsePolicy }, { GatewayConfig, parseConfig }, { PolicyDocument }] = await Promise.all([
    import('../../shared/policy'),
    import('../gateway/config'),
    import('../../shared/records'),
  ])
  try {
    const kind = kindOf(Object.keys(json), Object.keys(GatewayConfig.shape), Object.keys(PolicyDocument.shape))
    if (kind === 'config') return { policy: parseConfig(json).policy, kind }
    return { policy: parsePolicy(Object.hasOwn(json, 'policy') ? json.policy : json), kind }
  } catch (thrown) {
    const { message, context } = thrown as { message: string; context?: { details?: unknown } }
    throw new Failure(`${file}: ${message}`, 'input.invalid', 1, context?.details)
  }
}

/** A policy alone, or under "policy" and nothing beside it, is a policy file; any other is a config. Both know a key "audit". */
function kindOf(keys: readonly string[], ofConfig: readonly string[], ofPolicy: readonly string[]): Checked['kind'] {
  if (keys.every((key) => key === 'policy')) return keys.length === 0 ? 'config' : 'policy'
  if (keys.some((key) => ofConfig.includes(key) && !ofPolicy.includes(key))) return 'config'
  return keys.some((key) => nearest(key, ofPolicy) !== null) ? 'policy' : 'config'
}

function objectIn(file: string): Readonly<Record<string, unknown>> {
  const value = jsonIn(file)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new Failure(`${file} must hold one JSON object.`, 'input.invalid')
}

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')) as unknown
  } catch (cause) {
    throw new Failure(`${file} cannot be read: ${(cause as Error).message}`, 'input.invalid')
  }
}
