import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/shared/errors'
import type { CallTool, HookList, ToolCall } from '../../src/main/gateway/hooks'
import { runToolCall, type PipelineParts } from '../../src/main/gateway/pipeline'

const noHooks: HookList = {
  preMcpConnect: [],
  preListTools: [],
  preToolCall: [],
  confirmation: [],
  postToolCall: [],
  toolError: [],
  connectError: [],
}
const definition = {
  server_id: 's1',
  namespace: 'github',
  name: 'github_delete_repo',
  bare_name: 'delete_repo',
  title: null,
  description: null,
  tags: [],
  parameters: {},
  output_schema: null,
  annotations: null,
  definition_hash: 'd1',
}
const call: ToolCall = Object.freeze({
  server: 'github',
  tool: 'delete_repo',
  exposedName: 'github_delete_repo',
  definition,
  arguments: Object.freeze({ repo: 'demo' }),
  context: { client: 'claude-code', group: null, sessionId: 'x', door: 'mcp' as const, headers: {} },
  signal: new AbortController().signal,
  tellsProgress: false,
})
const echo: CallTool = (run) => Promise.resolve({ result: JSON.stringify({ content: [run.arguments] }), isError: false })
const parts = (
  hooks: Partial<HookList>,
  callUpstream: CallTool = echo,
  callHash = (run: ToolCall) => JSON.stringify(run.arguments),
): PipelineParts => ({
  hooks: { ...noHooks, ...hooks },
  callUpstream,
  callHash,
})
const noHold = () => () => undefined
const run = (given: PipelineParts, asked = call) => runToolCall(given, asked, noHold)
const ask = () => ({ decision: 'confirm', reason: 'destructive' }) as const

describe('a tool call', () => {
  it('reaches the upstream unchanged when no hook objects, and says that nothing decided', async () => {
    const decisions: unknown[] = []
    const outcome = await run(
      parts({}, (asked, decision) => {
        decisions.push(decision)
        return echo(asked, decision)
      }),
    )
    expect(outcome.result).toBe('{"content":[{"repo":"demo"}]}')
    expect(decisions).toEqual([{ effect: 'allow', by: 'default' }])
  })

  it('runs every pre-hook in registration order, each seeing what the one before it returned', async () => {
    const outcome = await run(
      parts({
        preToolCall: [
          (seen) => ({ decision: 'continue', arguments: { ...seen.arguments, a: 1 } }),
          (seen) => ({ decision: 'continue', arguments: { ...seen.arguments, b: Number(seen.arguments.a) + 1 } }),
        ],
      }),
    )
    expect(JSON.parse(String(outcome.result))).toEqual({ content: [{ repo: 'demo', a: 1, b: 2 }] })
  })

  it('is immutable: a hook that writes into it is refused', async () => {
    const meddle = (seen: ToolCall) => {
      Object.assign(seen.arguments, { repo: 'other' })
    }
    await expect(run(parts({ preToolCall: [meddle] }))).rejects.toMatchObject({ code: 'tool.denied' })
  })

  it('ends at the first denial, with its reason and without asking anybody', async () => {
    const reached: string[] = []
    const hooks = {
      preToolCall: [() => ({ decision: 'deny', reason: 'not here', rule: 'deny[0]' }) as const, () => void reached.push('second hook')],
      confirmation: [() => (reached.push('confirmation'), true)],
    }
    await expect(run(parts(hooks, (asked, decision) => (reached.push('upstream'), echo(asked, decision))))).rejects.toMatchObject({
      code: 'tool.denied',
      message: 'not here',
    })
    expect(reached).toEqual([])
  })

  it('is denied when a pre-hook breaks, and its text stays in the log', async () => {
    const broken = () => {
      throw new Error('the password is hunter2')
    }
    const refused = await run(parts({ preToolCall: [broken] })).catch((error: unknown) => error as GatewayError)
    expect(refused).toMatchObject({ code: 'tool.denied' })
    expect((refused as GatewayError).message).not.toContain('hunter2')
  })
})

describe('a tool call that needs a person', () => {
  it('is denied when no confirmation hook is registered', async () => {
    await expect(run(parts({ preToolCall: [ask] }))).rejects.toMatchObject({ code: 'tool.unconfirmed' })
  })

  it('is confirmed once, on the arguments that the last hook left, with every reason', async () => {
    const shown: unknown[] = []
    const hooks: Partial<HookList> = {
      preToolCall: [ask, (seen) => ({ decision: 'confirm', reason: 'large', arguments: { ...seen.arguments, dry_run: true } })],
      confirmation: [(seen, reason) => (shown.push([seen.arguments, reason]), true)],
    }
    const outcome = await run(parts(hooks))
    expect(shown).toEqual([[{ repo: 'demo', dry_run: true }, 'destructive; large']])
    expect(outcome.result).toContain('dry_run')
  })

  it.each([
    ['one of two people says no', [() => true, () => false]],
    ['the confirmation hook breaks', [() => Promise.reject(new Error('no display'))]],
  ])('is denied when %s, and the upstream never hears of it', async (_when, confirmation) => {
    let called = false
    const refused = run(parts({ preToolCall: [ask], confirmation }, (asked, decision) => ((called = true), echo(asked, decision))))
    await expect(refused).rejects.toBeInstanceOf(GatewayError)
    expect(called).toBe(false)
  })

  it('is denied when the tool or the policy changed while it waited', async () => {
    let version = 1
    const hooks: Partial<HookList> = { preToolCall: [ask], confirmation: [() => ((version = 2), true)] }
    await expect(run(parts(hooks, echo, () => `hash of version ${version}`))).rejects.toThrow('changed while this call waited')
  })

  it('is not run when its caller went away during the wait', async () => {
    const caller = new AbortController()
    const hooks: Partial<HookList> = { preToolCall: [ask], confirmation: [() => (caller.abort(), true)] }
    await expect(run(parts(hooks), { ...call, signal: caller.signal })).rejects.toMatchObject({ code: 'call.cancelled' })
  })

  it('holds its caller exactly as long as the question is open', async () => {
    const events: string[] = []
    const hold = (reason: string) => (events.push(`held: ${reason}`), () => void events.push('released'))
    const hooks: Partial<HookList> = { preToolCall: [ask], confirmation: [() => (events.push('asked'), true)] }
    await runToolCall(
      parts(hooks, (asked, decision) => (events.push('called'), echo(asked, decision))),
      call,
      hold,
    )
    expect(events).toEqual(['held: destructive', 'asked', 'released', 'called'])
  })

  it('tells the audit by what it was approved', async () => {
    const decisions: unknown[] = []
    const hooks: Partial<HookList> = { preToolCall: [ask], confirmation: [() => ({ by: 'approval:7' })] }
    await run(parts(hooks, (asked, decision) => (decisions.push(decision), echo(asked, decision))))
    expect(decisions).toEqual([{ effect: 'approved', by: 'approval:7' }])
  })
})

describe('a person who is asked', () => {
  const askBy = (reason: string, rule?: string) => () => ({ decision: 'confirm', reason, ...(rule === undefined ? {} : { rule }) }) as const
  it.each([
    ['the rule that asks', [askBy('no', 'rules[2]')], 'rules[2]'],
    ['every rule that asks, in order', [askBy('no', 'rules[2]'), askBy('secret', 'guard')], 'rules[2]; guard'],
    ['that one among them has no name', [askBy('no', 'rules[2]'), askBy('secret')], 'rules[2]; unnamed'],
    ['null when none has a name', [askBy('no')], null],
    ['nothing of a rule that only allows', [askBy('no', 'rules[2]'), () => ({ decision: 'continue', rule: 'other' }) as const], 'rules[2]'],
  ])('is told %s', async (_what, preToolCall, expected) => {
    const told: unknown[] = []
    await run(parts({ preToolCall, confirmation: [(_call, _reason, rule) => (told.push(rule), true)] }))
    expect(told).toEqual([expected])
  })
})

describe('a person who edits the arguments', () => {
  const edit =
    (args: Record<string, unknown>): HookList['confirmation'][number] =>
    () => ({ by: 'approval:7', arguments: args })
  const editOnce = (args: Record<string, unknown>) => {
    const edits = [args]
    return () => ({ by: 'approval:7', ...(edits.length > 0 && { arguments: edits.pop()! }) })
  }
  const listening = (answers: (seen: ToolCall) => boolean, seen: unknown[]) => (asked: ToolCall) => {
    seen.push(asked.arguments)
    return answers(asked)
  }

  it('has them run, and nothing else', async () => {
    const outcome = await run(parts({ preToolCall: [ask], confirmation: [edit({ repo: 'copy' })] }))
    expect(outcome.result).toBe('{"content":[{"repo":"copy"}]}')
  })

  it('has every other confirmation hook asked about them, those before it anew', async () => {
    const [before, after]: unknown[][] = [[], []]
    const confirmation = [listening(() => true, before ?? []), edit({ repo: 'copy' }), listening(() => true, after ?? [])]
    await run(parts({ preToolCall: [ask], confirmation }))
    expect(before).toEqual([{ repo: 'demo' }, { repo: 'copy' }])
    expect(after).toEqual([{ repo: 'copy' }])
  })

  it('runs nothing when another who has agreed before does not agree to them', async () => {
    const seen: unknown[] = []
    const confirmation = [listening(({ arguments: { repo } }) => repo === 'demo', seen), edit({ repo: 'copy' })]
    let called = false
    const upstream: CallTool = (asked, decision) => ((called = true), echo(asked, decision))
    await expect(run(parts({ preToolCall: [ask], confirmation }, upstream))).rejects.toMatchObject({ code: 'tool.unconfirmed' })
    expect([called, seen]).toEqual([false, [{ repo: 'demo' }, { repo: 'copy' }]])
  })

  it('runs what all have agreed to when two edit one after the other', async () => {
    const confirmation = [editOnce({ repo: 'one' }), editOnce({ repo: 'two' })]
    expect((await run(parts({ preToolCall: [ask], confirmation }))).result).toBe('{"content":[{"repo":"two"}]}')
  })

  it('is not outvoted for ever: two that never agree run nothing', async () => {
    const confirmation = [edit({ repo: 'one' }), edit({ repo: 'two' })]
    await expect(run(parts({ preToolCall: [ask], confirmation }))).rejects.toThrow('nobody agrees')
  })

  it('cannot write what a pre-hook refuses', async () => {
    const guard = ({ arguments: { repo } }: ToolCall) =>
      repo === 'prod' ? ({ decision: 'deny', reason: 'never prod' } as const) : undefined
    const given = parts({ preToolCall: [ask, guard], confirmation: [edit({ repo: 'prod' })] })
    await expect(run(given)).rejects.toMatchObject({ code: 'tool.denied', message: 'never prod' })
  })

  it('runs nothing when a pre-hook would change them after the person has agreed', async () => {
    const stamp = (seen: ToolCall) => ({ decision: 'continue', arguments: { ...seen.arguments, tenant: 'x' } }) as const
    const refused = parts({ preToolCall: [ask, stamp], confirmation: [edit({ repo: 'copy' })] })
    await expect(run(refused)).rejects.toThrow('would change them again')
    const kept = parts({ preToolCall: [ask, stamp], confirmation: [edit({ repo: 'copy', tenant: 'x' })] })
    expect((await run(kept)).result).toBe('{"content":[{"repo":"copy","tenant":"x"}]}')
  })

  it('is not undone by who keeps the object that was handed in', async () => {
    const args = { repo: 'copy', deep: { list: [1] } }
    const given = parts({ preToolCall: [ask], confirmation: [edit(args)] }, async (asked, decision) => {
      args.repo = 'prod'
      args.deep.list.push(2)
      await Promise.resolve()
      return echo(asked, decision)
    })
    expect((await run(given)).result).toBe('{"content":[{"repo":"copy","deep":{"list":[1]}}]}')
  })

  it('runs nothing when the tool or the policy changes after the edit', async () => {
    let version = 1
    const confirmation = [edit({ repo: 'copy' }), () => ((version = 2), true)]
    const given = parts({ preToolCall: [ask], confirmation }, echo, (asked) => JSON.stringify([asked.arguments, version]))
    await expect(run(given)).rejects.toThrow('changed while this call waited')
  })

  it('changes nothing by writing the same in another order', async () => {
    const seen: unknown[] = []
    const two = { ...call, arguments: { a: 1, b: 2 } }
    await run(parts({ preToolCall: [ask], confirmation: [listening(() => true, seen), edit({ b: 2, a: 1 })] }), two)
    expect(seen).toHaveLength(1)
  })
})

describe('after a tool call', () => {
  it('post-hooks may replace the result, unknown fields included', async () => {
    const outcome = await run(
      parts({ postToolCall: [(result) => ({ ...result, isError: true, extra: 1 })] }, () =>
        Promise.resolve({ result: '{"content":[],"_meta":{"x":1}}', isError: false }),
      ),
    )
    expect(outcome).toEqual({ result: '{"content":[],"_meta":{"x":1},"isError":true,"extra":1}', isError: true })
  })

  it('the bytes of the result stay as they were when no post-hook changes it', async () => {
    const bytes = '{ "content" : [], "big": 12345678901234567890 }'
    const outcome = await run(parts({ postToolCall: [() => undefined] }, () => Promise.resolve({ result: bytes, isError: false })))
    expect(outcome.result).toBe(bytes)
  })

  it('observers see the failure, and one that fails too never masks it', async () => {
    const seen: string[] = []
    const hooks: Partial<HookList> = {
      toolError: [
        () => {
          throw new Error('observer broke')
        },
        (error) => void seen.push(error.code),
      ],
    }
    await expect(run(parts(hooks, () => Promise.reject(new GatewayError('upstream.timeout', 'too slow'))))).rejects.toThrow('too slow')
    expect(seen).toEqual(['upstream.timeout'])
  })
})
