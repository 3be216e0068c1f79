import { compilePolicy, parsePolicy, type CompiledPolicy } from '../../shared/policy'
import type { CatalogTool, PolicyDecision, PolicyDocument } from '../../shared/records'
import type { RequestContext, ToolCall, Verdict } from '../gateway/hooks'
import type { Plugin, PluginHost, Subject } from '../gateway/plugin'

export type { PolicyRoutes } from './policy/routes'

/** Asks the config's policy about every call and every list; `/admin/policy` shows, tries out and changes it. */
export function policyPlugin(): Plugin {
  return { name: 'policy', contribute: (host) => contribute(host) }
}

function contribute(host: PluginHost) {
  const judge = createJudge(host)
  let announced = host.policy()
  const stop = host.onConfigChange(() => {
    if (host.policy() === announced) return
    announced = host.policy()
    host.invalidate()
    host.emit('policy.changed', { version: host.policyVersion() })
  })
  return {
    hooks: {
      preToolCall: (call: ToolCall) => judge.verdict(call.definition, call.context),
      preListTools: (tools: readonly CatalogTool[], context: RequestContext) =>
        tools.filter((tool) => judge.verdict(tool, context).decision !== 'deny'),
    },
    denies: (subject: Subject) => judge.denies(subject),
    holds: async () => (await import('./policy/holds')).policyHolds(host),
    explain: (tool: CatalogTool, caller: Pick<Subject, 'client' | 'group'>) => judge.explain(tool, caller),
    routes: async () => (await import('./policy/routes')).policyRoutes(host),
    close: stop,
  }
}

/** The policy in force, and what it has said before. */
interface Judge {
  verdict(tool: CatalogTool, context: RequestContext): Verdict
  denies(subject: Subject): boolean
  explain(tool: CatalogTool, caller: Pick<Subject, 'client' | 'group'>): PolicyDecision
}

/** Callers that are remembered for each tool. */
const mostCallers = 1000

function createJudge(host: PluginHost): Judge {
  let document = host.policy()
  let policy = compileOrDeny(document)
  let unaskable = compileOrDeny(asksInVain(document))
  let memo = newMemo()
  const renew = () => {
    if (host.policy() === document) return
    document = host.policy()
    policy = compileOrDeny(document)
    unaskable = compileOrDeny(asksInVain(document))
    memo = newMemo()
  }
  return {
    verdict(tool, context) {
      renew()
      return memo(tool, context.client, context.group, () => verdictOf(policy.decide(subjectOf(tool, context))))
    },
    explain(tool, caller) {
      renew()
      return policy.decide(subjectOf(tool, caller))
    },
    // Tools are refused by `preToolCall`, which gives the reason, and hidden by `preListTools`. Nobody can be asked about a
    // prompt or a resource: "ask" for everything means the tools, but who names prompts or resources in it means no.
    denies(subject) {
      if (subject.kind === 'tool') return false
      renew()
      const exposed = `${subject.server}_${subject.name}`
      const asked = { ...subject, exposed, annotations: null }
      return policy.decide(asked).effect === 'deny' || unaskable.decide(asked).effect !== 'allow'
    },
  }
}

/** What a policy would ask about that nobody can be asked about, by its own words: `prompt:…` and `resource:…`. */
function asksInVain({ confirm = [], rules }: PolicyDocument): PolicyDocument {
  const names = (pattern: string | undefined) => pattern !== undefined && /^(?:prompt|resource):(?!\/\/)/.test(pattern)
  return {
    ...{ deny: [], audit: true, default: 'allow' as const },
    confirm: confirm.filter(names),
    rules: rules.filter(({ effect, tool }) => effect === 'ask' && names(tool)),
  }
}

/** A policy that cannot be used denies everything. */
function compileOrDeny(document: PolicyDocument): CompiledPolicy {
  try {
    return compilePolicy(parsePolicy(document))
  } catch {
    const decision: PolicyDecision = {
      effect: 'deny',
      rule: 'policy',
      reason: 'The policy cannot be used as it is; everything is denied until it is mended.',
    }
    return { decide: () => decision }
  }
}

const subjectOf = (tool: CatalogTool, { client, group }: Pick<RequestContext, 'client' | 'group'>) =>
  ({
    kind: 'tool',
    client,
    group,
    server: tool.namespace,
    name: tool.bare_name,
    exposed: tool.name,
    annotations: tool.annotations,
  }) as const

function verdictOf({ effect, rule, reason }: PolicyDecision): Verdict {
  if (effect === 'allow') return { decision: 'continue', rule }
  return { decision: effect === 'ask' ? 'confirm' : 'deny', reason, rule }
}

type Memo = (tool: CatalogTool, client: string, group: string | null, decide: () => Verdict) => Verdict

/** By the definition itself: a changed one is another object, and one that is gone takes its answers with it. */
function newMemo(): Memo {
  const tools = new WeakMap<CatalogTool, Map<string, Map<string | null, Verdict>>>()
  return (tool, client, group, decide) => {
    const before = tools.get(tool)?.get(client)?.get(group)
    if (before) return before
    const now = decide()
    const clients = tools.get(tool) ?? new Map<string, Map<string | null, Verdict>>()
    if (clients.size >= mostCallers) clients.clear()
    const groups = clients.get(client) ?? new Map<string | null, Verdict>()
    if (groups.size >= mostCallers) groups.clear()
    tools.set(tool, clients.set(client, groups.set(group, now)))
    return now
  }
}
