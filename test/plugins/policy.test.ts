import { describe, expect, it } from 'vitest'
import { policyPlugin } from '../../src/main/plugins/policy'
import { policyChanges } from '../../src/main/plugins/policy/changes'
import { denyEverything, parsePolicy, policyLimits } from '../../src/shared/policy'
import { PolicyDocument, type CatalogTool } from '../../src/shared/records'
import { fakeCall, fakeHost, fakeTool, started, type FakeHost } from '../support/plugin-host'

const names = (tools: readonly CatalogTool[] | undefined) => tools?.map((tool) => tool.name)
const context = fakeCall().context

/** A host whose policy can be changed as the config would: whoever listens is told. */
function governed(policy: Partial<PolicyDocument> = {}, tools = ['github_read', 'github_delete', 'slack_send']) {
  const listeners: (() => void)[] = []
  const host: FakeHost & { invalidated: number } = Object.assign(fakeHost({ policy }), { invalidated: 0 })
  host.tools = tools.map(fakeTool)
  host.onConfigChange = (listener) => (listeners.push(listener), () => void listeners.splice(listeners.indexOf(listener), 1))
  host.invalidate = () => void host.invalidated++
  const change = (next: PolicyDocument) => {
    host.rules = next
    host.version++
    for (const listener of listeners) listener()
  }
  host.savePolicy = async (next) => change(next)
  return { host, change, listeners }
}

describe('the policy plugin', () => {
  it('asks about a destructive call and lets another pass, naming the rule', async () => {
    const { contribution } = await started(policyPlugin(), governed().host)
    expect(await contribution.hooks?.preToolCall?.(fakeCall())).toEqual({
      decision: 'confirm',
      reason: 'The tool\'s name says "delete".',
      rule: 'confirm:destructive',
    })
    expect(await contribution.hooks?.preToolCall?.(fakeCall({ name: 'github_read' }))).toEqual({ decision: 'continue', rule: 'default' })
  })
  it('denies a call with the reason of the rule and hides the tool from lists', async () => {
    const { host } = governed({ rules: [{ effect: 'deny', server: 'slack', client: 'claude', reason: 'No chat.' }] })
    const { contribution } = await started(policyPlugin(), host)
    expect(await contribution.hooks?.preToolCall?.(fakeCall({ name: 'slack_send' }))).toEqual({
      decision: 'deny',
      reason: 'No chat.',
      rule: 'rules[0]',
    })
    expect(names(await contribution.hooks?.preListTools?.(host.tools, context))).toEqual(['github_read', 'github_delete'])
    expect(names(await contribution.hooks?.preListTools?.(host.tools, { ...context, client: 'cursor' }))).toContain('slack_send')
  })
  it('decides for each client and group by itself', async () => {
    const { contribution } = await started(policyPlugin(), governed({ rules: [{ effect: 'deny', group: 'work' }], confirm: [] }).host)
    const tool = fakeCall({ name: 'github_read' })
    const decisions = [null, 'work', null].map((group) => contribution.hooks?.preToolCall?.({ ...tool, context: { ...context, group } }))
    expect(decisions.map((verdict) => (verdict as { decision: string }).decision)).toEqual(['continue', 'deny', 'continue'])
  })
  it('denies prompts and resources that the policy denies, and leaves tools to the call', async () => {
    const { contribution } = await started(policyPlugin(), governed({ deny: ['github_*'] }).host)
    const about = { client: 'claude', group: null, server: 'github', name: 'x' }
    expect((['tool', 'prompt', 'resource'] as const).map((kind) => contribution.denies?.({ ...about, kind }))).toEqual([false, true, true])
    expect(contribution.denies?.({ ...about, server: 'slack', kind: 'prompt' })).toBe(false)
  })
  it('denies everything in safe mode', async () => {
    const { contribution } = await started(policyPlugin(), governed(denyEverything).host)
    expect(await contribution.hooks?.preToolCall?.(fakeCall({ name: 'github_read' }))).toMatchObject({ decision: 'deny' })
    expect(contribution.denies?.({ client: 'c', group: null, server: 's', kind: 'resource', name: 'file:///x' })).toBe(true)
  })
  it('denies everything when the policy does not parse', async () => {
    const { host } = governed()
    host.rules = { ...host.rules, deny: ['{'] }
    const { contribution } = await started(policyPlugin(), host)
    expect(await contribution.hooks?.preToolCall?.(fakeCall({ name: 'github_read' }))).toMatchObject({ decision: 'deny', rule: 'policy' })
    expect(names(await contribution.hooks?.preListTools?.(host.tools, context))).toEqual([])
    expect(contribution.denies?.({ client: 'c', group: null, server: 's', kind: 'prompt', name: 'x' })).toBe(true)
  })
  it('takes a new policy at once and tells of it once', async () => {
    const { host, change, listeners } = governed()
    const { contribution } = await started(policyPlugin(), host)
    const call = fakeCall({ name: 'github_read' })
    await contribution.hooks?.preToolCall?.(call)
    change(PolicyDocument.parse({ deny: ['*_read'] }))
    expect(await contribution.hooks?.preToolCall?.(call)).toMatchObject({ decision: 'deny', rule: 'deny[0]' })
    change(host.rules)
    expect(host.invalidated).toBe(1)
    expect(host.events.filter(({ event }) => event === 'policy.changed')).toEqual([{ event: 'policy.changed', data: { version: 2 } }])
    await contribution.close?.()
    expect(listeners).toEqual([])
  })
  it('decides about a call among 100 rules in microseconds', async () => {
    const rules = Array.from({ length: 100 }, (_, i) => ({ effect: 'ask' as const, server: 'git*', tool: `*_${i}_*`, client: 'claude' }))
    const { contribution } = await started(policyPlugin(), governed({ rules }).host)
    const call = fakeCall({ name: 'github_read' })
    const start = performance.now()
    for (let i = 0; i < 100_000; i++) void contribution.hooks?.preToolCall?.(call)
    expect((performance.now() - start) / 100).toBeLessThan(10)
  })
})

describe('/admin/policy', () => {
  const json = { 'content-type': 'application/json' }
  const put = (body: unknown) => [JSON.stringify(body), json] as const

  it.each([
    ['approver', 403],
    ['nobody', 401],
  ] as const)('is closed to %s (%i)', async (who, status) => {
    const { ask } = await started(policyPlugin(), governed().host)
    const tries = [ask(who, 'GET', ''), ask(who, 'PUT', '', ...put({})), ask(who, 'POST', '/check', ...put({ tool: 'a_b' }))]
    expect((await Promise.all(tries)).map((answer) => answer.status)).toEqual([status, status, status])
  })
  it.each(['admin', 'desktop'] as const)('shows the policy, its version and its problems to %s', async (who) => {
    const { ask } = await started(policyPlugin(), governed({ deny: ['gitlab_*'] }).host)
    expect(await ask(who, 'GET', '')).toMatchObject({
      status: 200,
      body: {
        policy: { deny: ['gitlab_*'] },
        version: 1,
        problems: [{ rule: 'deny[0]', problem: 'It matches no tool that any server offers now.' }],
      },
    })
  })
  it('says without saving what a policy would change', async () => {
    const { host } = governed()
    const { ask } = await started(policyPlugin(), host)
    const answer = await ask(
      'admin',
      'PUT',
      '?dry_run=true',
      ...put({ deny: ['slack_*'], confirm: [], rules: [{ effect: 'ask', client: 'cursor', tool: 'read' }] }),
    )
    const changes = (
      answer.body as { changes: { tool: string; client: string | null; before: { effect: string }; after: { effect: string } }[] }
    ).changes
    expect(changes.map(({ tool, client, before, after }) => `${tool} for ${client}: ${before.effect} -> ${after.effect}`)).toEqual([
      'github_delete for null: ask -> allow',
      'slack_send for null: allow -> deny',
      'github_read for cursor: allow -> ask',
      'github_delete for cursor: ask -> allow',
      'slack_send for cursor: allow -> deny',
    ])
    expect([host.version, host.rules.deny]).toEqual([1, []])
  })
  it('keeps nobody else waiting while a long policy is compared', async () => {
    const rules = Array.from({ length: policyLimits.rules }, (_, n) => ({ effect: 'ask' as const, tool: `*${n}*x*`, client: `c${n}` }))
    const tools = Array.from({ length: 50 }, (_, n) => fakeTool(`s_tool${n}`))
    let others = 0
    const other = () => void (others++, (turn = setImmediate(other)))
    let turn = setImmediate(other)
    expect(await policyChanges(parsePolicy({}), parsePolicy({ rules }), tools)).toEqual([])
    clearImmediate(turn)
    expect(others).toBeGreaterThan(0)
  })
  it('saves a policy, which is in force at once', async () => {
    const { host } = governed()
    const { ask, contribution } = await started(policyPlugin(), host)
    expect(await ask('admin', 'PUT', '', ...put({ deny: ['*_read'] }))).toMatchObject({
      status: 200,
      body: { version: 2, dry_run: false, policy: { deny: ['*_read'] } },
    })
    expect(await contribution.hooks?.preToolCall?.(fakeCall({ name: 'github_read' }))).toMatchObject({ decision: 'deny' })
  })
  it.each([
    [{ dney: [] }, 'did you mean "deny"?'],
    [{ rules: [{ effect: 'deny', tool: '*a*a*a*a' }] }, 'rules[0].tool'],
    [{ rules: [{ effect: 'never' }] }, 'rules[0].effect'],
    [[], '(top level)'],
  ])('refuses %j with 422 and the path, and keeps what it has', async (body, words) => {
    const { host } = governed()
    const { ask } = await started(policyPlugin(), host)
    const answer = await ask('admin', 'PUT', '', ...put(body))
    expect([answer.status, answer.text, host.version]).toEqual([422, expect.stringContaining(JSON.stringify(words).slice(1, -1)), 1])
  })
  it.each([
    [{ tool: 'github_delete' }, 'ask', 'confirm:destructive'],
    [{ server: 'github', tool: 'read' }, 'allow', 'default'],
    [{ server: 'github', tool: 'read', client: 'cursor' }, 'deny', 'rules[0]'],
    [{ tool: 'unknown_purge_all' }, 'ask', 'confirm:destructive'],
    [{ server: 'new', tool: 'look' }, 'allow', 'default'],
  ])('checks %j: %s by %s', async (body, effect, rule) => {
    const { ask } = await started(policyPlugin(), governed({ rules: [{ effect: 'deny', client: 'cursor' }] }).host)
    expect((await ask('admin', 'POST', '/check', ...put(body))).body).toMatchObject({ effect, rule })
  })
  it('cannot check a name that tells no server', async () => {
    const { ask } = await started(policyPlugin(), governed().host)
    expect((await ask('admin', 'POST', '/check', ...put({ tool: 'lonely' }))).status).toBe(422)
  })
})
