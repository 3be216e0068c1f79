import { createHash } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { canonicalJson } from '../../src/shared/canonical-json'
import { GatewayError } from '../../src/shared/errors'
import type { CallTool, HookList, Hooks, ToolCall, ToolOutcome } from '../../src/main/gateway/hooks'
import { runToolCall } from '../../src/main/gateway/pipeline'
import { auditPlugin } from '../../src/main/plugins/audit'
import { fakeCall, fakeHost, type FakeHostOptions } from '../support/plugin-host'

const ok: ToolOutcome = { result: '{"content":[{"type":"text","text":"gelöscht"}]}', isError: false }

/** The audit behind the real pipeline, before an upstream that does what it is told. */
async function audited(options: FakeHostOptions & { upstream?: CallTool; hooks?: Partial<HookList> } = {}) {
  const host = fakeHost(options)
  const contribution = await auditPlugin().contribute(host)
  const reached: ToolCall[] = []
  const upstream: CallTool = async (call, decision) => {
    reached.push(call)
    return options.upstream?.(call, decision) ?? ok
  }
  const none = { preMcpConnect: [], preListTools: [], preToolCall: [], confirmation: [], postToolCall: [], connectError: [] }
  const toolError = [contribution.hooks?.toolError].filter((hook): hook is Hooks['toolError'] => hook !== undefined)
  const parts = {
    hooks: { ...none, toolError, ...options.hooks },
    callUpstream: contribution.around?.(upstream) ?? upstream,
    callHash: host.callHash.bind(host),
  }
  const run = (call = fakeCall()) => runToolCall(parts, call, () => () => undefined)
  return { host, rows: host.tables.rows, run, reached, close: () => contribution.close?.() }
}

const fails =
  (code: GatewayError['code'], message = 'it broke') =>
  async () =>
    Promise.reject(new GatewayError(code, message))

afterEach(() => {
  vi.useRealTimers()
})

describe('a call that reaches its upstream', () => {
  it('has its intent written before, and its outcome after', async () => {
    const before: unknown[] = []
    const { host, rows, run } = await audited({ upstream: async () => (before.push(rows()[0]), ok) })
    const args = { repo: 'demo', tags: ['b', 'a'] }
    await run(fakeCall({ arguments: args, group: 'readonly' }))
    expect(before).toMatchObject([{ outcome: 'running', duration_ms: null, result_bytes: null }])
    expect(rows()).toEqual([
      {
        id: 1,
        at: expect.stringMatching(/^\d{4}-.*Z$/) as string,
        client: 'claude',
        session_id: 'session-1',
        group: 'readonly',
        server: 'github',
        tool: 'delete',
        door: 'mcp',
        arguments: JSON.stringify(args),
        arguments_hash: createHash('sha256').update(canonicalJson(args)).digest('hex'),
        decision: 'allow',
        decided_by: 'default',
        outcome: 'ok',
        duration_ms: expect.any(Number) as number,
        request_bytes: Buffer.byteLength(canonicalJson(args)),
        result_bytes: Buffer.byteLength(ok.result),
        error: null,
      },
    ])
    expect(host.events).toEqual([{ event: 'audit.appended', data: { entry: rows()[0] } }])
  })
  it('says by what it was approved', async () => {
    const { rows, run } = await audited({
      hooks: { preToolCall: [() => ({ decision: 'confirm', reason: 'destructive' })], confirmation: [() => ({ by: 'approval:42' })] },
    })
    await run()
    expect(rows()).toMatchObject([{ decision: 'approved', decided_by: 'approval:42', outcome: 'ok' }])
  })
  it('keeps no secret of its arguments, but their hash', async () => {
    const { rows, run } = await audited()
    await run(fakeCall({ arguments: { api_key: 'hunter2-hunter2', url: 'https://joe:hunter2@example.org' } }))
    expect(JSON.stringify(rows())).not.toContain('hunter2')
    expect(rows()[0]?.arguments_hash).toHaveLength(64)
  })
  it('keeps at most 8 KiB of its arguments', async () => {
    const { rows, run } = await audited()
    await run(fakeCall({ arguments: { text: 'ü'.repeat(50_000) } }))
    expect(Buffer.byteLength(rows()[0]?.arguments ?? '')).toBeLessThanOrEqual(8192)
    expect(rows()[0]?.request_bytes).toBeGreaterThan(100_000)
  })
  it.each([
    [
      'an error of the tool',
      async () => ({ result: Buffer.from('{"isError":true}'), isError: true }),
      { outcome: 'tool_error', result_bytes: 16, error: null },
    ],
    [
      'an upstream that broke',
      fails('upstream.closed', 'github died, password=hunter2'),
      { outcome: 'error', error: 'github died, password=[redacted]' },
    ],
    ['a cancellation', fails('call.cancelled'), { outcome: 'cancelled', error: 'it broke' }],
    [
      'an accident',
      async () => Promise.reject(new Error('token hunter2')),
      { outcome: 'error', error: expect.not.stringContaining('hunter2') as string },
    ],
  ])('is one row when it ends with %s', async (_what, upstream, expected) => {
    const { rows, run } = await audited({ upstream })
    await run().catch(() => undefined)
    expect(rows()).toMatchObject([{ decision: 'allow', ...expected }])
  })
  it('is one row, corrected, when a later hook refuses the result', async () => {
    const { rows, run } = await audited({ hooks: { postToolCall: [fails('tool.denied', 'the result holds a secret')] } })
    await expect(run()).rejects.toThrow('holds a secret')
    expect(rows()).toMatchObject([{ outcome: 'error', error: 'the result holds a secret', result_bytes: Buffer.byteLength(ok.result) }])
  })
  it('is written under the arguments that a hook left, in one row', async () => {
    const { rows, run } = await audited({
      hooks: { preToolCall: [() => ({ decision: 'continue', arguments: { dry_run: true } })] },
      upstream: fails('upstream.timeout'),
    })
    await expect(run()).rejects.toThrow('it broke')
    expect(rows()).toMatchObject([{ arguments: '{"dry_run":true}', outcome: 'error' }])
  })
})

describe('a call whose row cannot be written', () => {
  it('is denied, and nothing is run', async () => {
    const { host, rows, run, reached } = await audited()
    host.tables.broken.add('append')
    await expect(run()).rejects.toMatchObject({ code: 'store.unavailable', message: expect.stringContaining('nothing was run') as string })
    expect(reached).toEqual([])
    expect(rows()).toEqual([])
  })
  it('is still answered when only its outcome cannot be written: the intent stands and the log says so', async () => {
    const { host, rows, run, close } = await audited()
    host.tables.broken.add('finish')
    expect(await run()).toBe(ok)
    await close()
    expect(rows()).toMatchObject([{ outcome: 'running' }])
    expect(host.logged).toContainEqual(
      expect.objectContaining({ level: 'error', message: expect.stringContaining('its intent stands') as string }),
    )
  })
  it('does not wait for its outcome to be durable, but closing does', async () => {
    const { host, run, close } = await audited()
    let written = (): void => undefined
    host.tables.audit.finish = () => new Promise((resolve) => (written = resolve))
    expect(await run()).toBe(ok)
    let closed = false
    const closing = Promise.resolve(close()).then(() => (closed = true))
    await new Promise(setImmediate)
    expect(closed).toBe(false)
    written()
    await closing
    expect(closed).toBe(true)
  })
})

describe('a call that is refused before', () => {
  const confirm = () => ({ decision: 'confirm', reason: 'destructive' }) as const
  it.each([
    [
      'a rule',
      { preToolCall: [() => ({ decision: 'deny', reason: 'not here', rule: 'rules[2]' }) as const] },
      { decision: 'deny', decided_by: 'rules[2]', outcome: 'denied', error: 'not here' },
    ],
    [
      'a hook that breaks',
      {
        preToolCall: [
          () => {
            throw new Error('x')
          },
        ],
      },
      { decision: 'deny', decided_by: 'tool.denied', outcome: 'denied' },
    ],
    ['nobody to ask', { preToolCall: [confirm] }, { decision: 'unconfirmed', decided_by: 'tool.unconfirmed', outcome: 'denied' }],
    [
      'a person',
      {
        preToolCall: [confirm],
        confirmation: [async () => Promise.reject(new GatewayError('tool.unconfirmed', 'no', { details: { approval_id: '7' } }))],
      },
      { decision: 'unconfirmed', decided_by: 'approval:7', outcome: 'denied', error: 'no' },
    ],
    [
      'its own caller',
      { preToolCall: [confirm], confirmation: [fails('call.cancelled')] },
      { decision: 'unconfirmed', decided_by: 'call.cancelled', outcome: 'cancelled' },
    ],
  ])('by %s is one whole row', async (_what, hooks: Partial<HookList>, expected) => {
    const { host, rows, run, reached } = await audited({ hooks })
    await expect(run(fakeCall({ arguments: { token: 'hunter2-hunter2' } }))).rejects.toThrow()
    expect(rows()).toMatchObject([{ ...expected, client: 'claude', tool: 'delete', duration_ms: null, result_bytes: null }])
    expect(JSON.stringify(rows())).not.toContain('hunter2')
    expect(reached).toEqual([])
    expect(host.events).toEqual([{ event: 'audit.appended', data: { entry: rows()[0] } }])
  })
  it('keeps its own error when the row cannot be written', async () => {
    const { host, run } = await audited({ hooks: { preToolCall: [() => ({ decision: 'deny', reason: 'not here' })] } })
    host.tables.broken.add('append')
    await expect(run()).rejects.toThrow('not here')
    expect(host.logged).toContainEqual(expect.objectContaining({ level: 'error' }))
  })
})

it('writes nothing when the policy says audit: false, as soon as it says so', async () => {
  const { host, rows, run } = await audited({ policy: { audit: false }, upstream: fails('upstream.closed') })
  await expect(run()).rejects.toThrow()
  expect(rows()).toEqual([])
  host.rules = { ...host.rules, audit: true }
  await expect(run()).rejects.toThrow()
  expect(rows()).toHaveLength(1)
})

describe('retention', () => {
  it('marks at start what an earlier life left, then prunes by the configured age and size, soon and every hour', async () => {
    vi.useFakeTimers({ now: Date.parse('2026-11-30T00:00:00Z') })
    const host = fakeHost({ audit: { retention_days: 30, max_mb: 2 } })
    const limits: unknown[] = []
    host.tables.audit.prune = (limit) => limits.push(limit)
    host.tables.audit.markInterrupted = () => 3
    const { close } = await auditPlugin().contribute(host)
    expect(host.logged).toMatchObject([{ level: 'warn', facts: { rows: 3 } }])
    vi.advanceTimersByTime(5000)
    expect(limits).toEqual([{ before: '2026-10-31T00:00:05.000Z', maxBytes: 2 * 1024 * 1024 }])
    host.settings = { ...host.settings, audit: { retention_days: null, max_mb: null } }
    vi.advanceTimersByTime(3_600_000)
    expect(limits[1]).toEqual({ before: null, maxBytes: null })
    await close?.()
    expect(vi.getTimerCount()).toBe(0)
  })
  it('survives a store that cannot prune', async () => {
    vi.useFakeTimers()
    const host = fakeHost()
    host.tables.audit.prune = () => {
      throw new Error('locked')
    }
    await auditPlugin().contribute(host)
    vi.advanceTimersByTime(5000)
    expect(host.logged).toMatchObject([{ level: 'error' }])
  })
})
