import { createRoute, z } from '@hono/zod-openapi'
import { GatewayError } from '../../../shared/errors'
import { compilePolicy, parsePolicy } from '../../../shared/policy'
import { PolicyProblem, policyProblems } from '../../../shared/policy-problems'
import { PolicyDecision, PolicyDocument, type CatalogTool } from '../../../shared/records'
import { PolicyReplay } from '../../../shared/stats'
import type { PluginHost } from '../../gateway/plugin'
import { json, newRoutes, only } from '../routes'
import { policyChanges, PolicyChange } from './changes'
import { replayLimits, replayPolicy } from './replay'

/** The policy in force, the version that decisions are bound to, and what is surely not meant in it. */
const PolicyView = z.object({ policy: PolicyDocument, version: z.number().int(), problems: z.array(PolicyProblem) })
/** The same of a proposed policy, with every tool whose decision is different under it. */
const PolicyOutcome = PolicyView.extend({ dry_run: z.boolean(), changes: z.array(PolicyChange) })
/** A call to decide about: an exposed name, or a server and its tool's own name; of a tool that need not exist. */
const PolicyQuestion = z.strictObject({
  server: z.string().max(200).optional(),
  tool: z.string().min(1).max(1000),
  client: z.string().max(200).optional(),
  group: z.string().max(200).nullish(),
})

/** A policy to try out, and how far back. */
const ReplayQuestion = z.strictObject({
  policy: z.unknown().openapi({ type: 'object', description: 'The whole policy, as GET shows it' }),
  since: z.iso
    .datetime()
    .optional()
    .openapi({ description: `Default: seven days ago; at most ${replayLimits.days} days` }),
})

const operators = only(['admin', 'desktop'], 'The policy is shown and changed with the admin token.')
const DryRun = z.object({ dry_run: z.enum(['true', 'false']).optional() })

const get = createRoute({ method: 'get', path: '/', middleware: operators, responses: { 200: json(PolicyView, 'The policy in force') } })
const put = createRoute({
  method: 'put',
  path: '/',
  middleware: operators,
  // Checked by hand: the same words as for the config file, with the nearest valid key.
  request: {
    query: DryRun,
    body: json(z.unknown().openapi({ type: 'object', description: 'The whole policy, as GET shows it' }), 'The new policy'),
  },
  responses: { 200: json(PolicyOutcome, 'What is, or with dry_run would be, different') },
})
const check = createRoute({
  method: 'post',
  path: '/check',
  middleware: operators,
  request: { body: json(PolicyQuestion, 'The call') },
  responses: { 200: json(PolicyDecision, 'What the policy says of it, and by which rule') },
})

const replay = createRoute({
  method: 'post',
  path: '/replay',
  middleware: operators,
  summary: 'Try a policy on what was called',
  description: `What a policy that is not saved would have decided over the recorded calls, the newest ${replayLimits.calls.toLocaleString('en')} at most, and which of them the policy in force decides otherwise. A policy does not look at arguments, so it does not matter that the audit holds them redacted; what other plugins decide by arguments is not tried. Names and hints are those of today's catalogue. Days are days of UTC.`,
  request: { body: json(ReplayQuestion, 'The policy') },
  responses: { 200: json(PolicyReplay, 'What it would have decided') },
})

/** `GET /`, `PUT /` (`?dry_run=true`), `POST /check`, `POST /replay`. */
export const policyRoutes = (host: PluginHost) =>
  newRoutes()
    .openapi(get, (c) => c.json(viewOf(host, host.policy()), 200))
    .openapi(put, async (c) => {
      const proposed = parsePolicy(c.req.valid('json'))
      const isDry = c.req.valid('query').dry_run === 'true'
      const before = host.policy()
      // First: what it was compared with, where it was let through unasked, may not change in between.
      if (!isDry) await host.savePolicy(proposed)
      const changes = await policyChanges(before, proposed, host.catalogTools())
      return c.json({ ...viewOf(host, isDry ? proposed : host.policy()), dry_run: isDry, changes }, 200)
    })
    .openapi(check, (c) => c.json(decide(host, c.req.valid('json')), 200))
    .openapi(replay, async (c) => {
      const { policy, since } = c.req.valid('json')
      return c.json(await replayPolicy(host, parsePolicy(policy), since), 200)
    })
export type PolicyRoutes = ReturnType<typeof policyRoutes>

const viewOf = (host: PluginHost, policy: PolicyDocument) => ({
  policy,
  version: host.policyVersion(),
  problems: policyProblems(policy, host.catalogTools()),
})

function decide(host: PluginHost, { server, tool, client = '', group = null }: z.output<typeof PolicyQuestion>): PolicyDecision {
  const known = host.catalogTools().find((one) => isMeant(one, server, tool))
  const asked = known ? { server: known.namespace, name: known.bare_name, exposed: known.name } : imagined(server, tool)
  return compilePolicy(host.policy()).decide({ kind: 'tool', client, group, ...asked, annotations: known?.annotations ?? null })
}

function isMeant(one: CatalogTool, server: string | undefined, tool: string): boolean {
  if (server !== undefined && server !== one.namespace) return false
  return tool === one.name || tool === `${one.namespace}_${one.bare_name}` || (server !== undefined && tool === one.bare_name)
}

/** A tool that no server offers now: the server's name is what stands before the first underscore. */
function imagined(server: string | undefined, tool: string) {
  if (server !== undefined) return { server, name: tool, exposed: `${server}_${tool}` }
  const [prefix = '', ...rest] = tool.split('_')
  if (rest.length === 0)
    throw new GatewayError('input.invalid', `"${tool.slice(0, 64)}" names no server; give "server" too, or the name as clients see it.`)
  return { server: prefix, name: rest.join('_'), exposed: tool }
}
