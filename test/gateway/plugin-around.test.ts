import { afterEach, describe, expect, it } from 'vitest'
import { GatewayError, toGatewayError } from '../../src/shared/errors'
import { createGateway, type Gateway, type GatewayOptions } from '../../src/main/gateway/gateway'
import type { Plugin } from '../../src/main/gateway/plugin'
import { answer, json, openHttpUpstream, type HttpUpstream } from '../support/http-upstream'

/** Calls again, at most so often, where the tool says that this does no harm. */
const retryPlugin = (times: number): Plugin => ({
  name: 'retry',
  contribute: () => ({
    around: (next) => async (call, decision) => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await next(call, decision)
        } catch (thrown) {
          const safe = call.definition.annotations?.idempotentHint === true
          if (!safe || attempt >= times || call.signal.aborted) throw thrown
        }
      }
    },
  }),
})

/** Asks an upstream that failed so often in a row no more, until `now` says that it has rested. */
const circuitBreakerPlugin = (failures: number, restMs: number, now: () => number): Plugin => ({
  name: 'circuit-breaker',
  contribute() {
    const broken = new Map<string, { failures: number; since: number }>()
    return {
      around: (next) => async (call, decision) => {
        const state = broken.get(call.server)
        if (state && state.failures >= failures && now() - state.since < restMs)
          throw new GatewayError('upstream.unreachable', `${call.server} failed ${failures} times in a row and rests; try again later.`)
        try {
          const outcome = await next(call, decision)
          broken.delete(call.server)
          return outcome
        } catch (thrown) {
          broken.set(call.server, { failures: (state?.failures ?? 0) + 1, since: now() })
          throw thrown
        }
      },
    }
  },
})

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

/** An upstream with one safe and one unsafe tool, that fails as long as it is told to. */
async function flakyUpstream() {
  const state = { failing: 0, calls: 0 }
  const tools = [
    { name: 'read', inputSchema: { type: 'object' }, annotations: { idempotentHint: true } },
    { name: 'pay', inputSchema: { type: 'object' } },
  ]
  const upstream: HttpUpstream = await openHttpUpstream({
    onRequest(got, res) {
      if (got.message.method !== 'tools/call') return void answer(res, got, { tools })
      state.calls += 1
      if (state.failing-- > 0) return void res.writeHead(503, json).end('{}')
      answer(res, got, { content: [{ type: 'text', text: 'done' }] })
    },
  })
  open.push(upstream)
  return { url: upstream.url, state }
}

async function gatewayTo(url: string, options: GatewayOptions): Promise<Gateway> {
  const gateway = createGateway(options)
  open.push(gateway)
  await gateway.ready
  await gateway.servers.create({ name: 'flaky', url })
  await gateway.reload()
  return gateway
}

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'ok',
    (thrown: unknown) => toGatewayError(thrown).code,
  )

describe('a retry, written as a plugin', () => {
  it('brings a safe call through an upstream that fails twice', async () => {
    const { url, state } = await flakyUpstream()
    const gateway = await gatewayTo(url, { plugins: [retryPlugin(3)] })
    state.failing = 2
    expect(await gateway.callTool('flaky_read')).toEqual({ content: [{ type: 'text', text: 'done' }] })
    expect(state.calls).toBe(3)
  })

  it('gives up with the upstream’s own error, and never repeats a call that is not safe', async () => {
    const { url, state } = await flakyUpstream()
    const gateway = await gatewayTo(url, { plugins: [retryPlugin(3)] })
    state.failing = 100
    expect(await codeOf(gateway.callTool('flaky_read'))).toMatch(/^upstream\./)
    expect(state.calls).toBe(3)
    expect(await codeOf(gateway.callTool('flaky_pay'))).toMatch(/^upstream\./)
    expect(state.calls).toBe(4)
  })

  it('asks policy and person once, however often it calls', async () => {
    const { url, state } = await flakyUpstream()
    const asked: string[] = []
    const gateway = await gatewayTo(url, {
      plugins: [retryPlugin(3)],
      hooks: {
        preToolCall: () => (asked.push('policy'), { decision: 'confirm', reason: 'it costs money' }),
        confirmation: () => (asked.push('person'), true),
        postToolCall: () => void asked.push('result'),
      },
    })
    state.failing = 2
    await gateway.callTool('flaky_read')
    expect(asked).toEqual(['policy', 'person', 'result'])
  })

  it('is not reached by a call that is denied', async () => {
    const { url, state } = await flakyUpstream()
    const deny = () => ({ decision: 'deny', reason: 'no' }) as const
    const gateway = await gatewayTo(url, { plugins: [retryPlugin(3)], hooks: { preToolCall: deny } })
    expect(await codeOf(gateway.callTool('flaky_read'))).toBe('tool.denied')
    expect(state.calls).toBe(0)
  })
})

describe('a circuit breaker, written as a plugin', () => {
  it('spares an upstream that failed in a row, says so, and tries again after its rest', async () => {
    const { url, state } = await flakyUpstream()
    let now = 0
    const gateway = await gatewayTo(url, { plugins: [circuitBreakerPlugin(2, 1_000, () => now)] })
    state.failing = 2
    await codeOf(gateway.callTool('flaky_pay'))
    await codeOf(gateway.callTool('flaky_pay'))
    await expect(gateway.callTool('flaky_pay')).rejects.toThrow('failed 2 times in a row and rests')
    expect(state.calls).toBe(2)
    now = 1_000
    expect(await codeOf(gateway.callTool('flaky_pay'))).toBe('ok')
    expect(state.calls).toBe(3)
  })

  it('stands outside of a retry that was registered after it: one call counts once', async () => {
    const { url, state } = await flakyUpstream()
    const gateway = await gatewayTo(url, { plugins: [circuitBreakerPlugin(2, 1_000, () => 0), retryPlugin(3)] })
    state.failing = 5
    expect(await codeOf(gateway.callTool('flaky_read'))).toMatch(/^upstream\./)
    expect(await codeOf(gateway.callTool('flaky_read'))).toBe('ok')
    expect(state.calls).toBe(6)
  })
})

describe('a plugin of a running gateway', () => {
  it('whose name is taken keeps the gateway from starting, with a reason', async () => {
    const gateway = createGateway({ plugins: [{ name: 'servers', contribute: () => ({}) }] })
    open.push(gateway)
    await expect(gateway.ready).rejects.toThrow('is a noun of the admin API')
    await expect(gateway.callTool('anything')).rejects.toMatchObject({ code: 'config.invalid' })
  })

  it('is closed with the gateway, in reverse, after the calls that run', async () => {
    const closed: string[] = []
    const closing = (name: string): Plugin => ({ name, contribute: () => ({ close: () => void closed.push(name) }) })
    const gateway = createGateway({ plugins: [closing('first'), closing('second')] })
    await gateway.ready
    await gateway.close()
    await gateway.close()
    expect(closed).toEqual(['second', 'first'])
  })
})
