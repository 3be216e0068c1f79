import { describe, expect, it } from 'vitest'
import type { CallTool, Hooks } from '../../src/main/gateway/hooks'
import { collectHooks, startPlugins, wrapCall, type Contribution, type Plugin, type Subject } from '../../src/main/gateway/plugin'
import { fakeCall, fakeHost } from '../support/plugin-host'

const plugin = (name: string, contribution: Contribution = {}): Plugin => ({ name, contribute: () => contribution })
const names = (plugins: readonly Plugin[]) =>
  startPlugins(plugins, fakeHost()).then(({ contributions }) => contributions.map(({ name }) => name))

describe('the start of plugins', () => {
  it('goes one after the other, in their order', async () => {
    const told: string[] = []
    const slow = (name: string): Plugin => ({
      name,
      async contribute() {
        told.push(`${name} begins`)
        await Promise.resolve()
        told.push(`${name} is ready`)
        return {}
      },
    })
    await startPlugins([slow('first'), slow('second')], fakeHost())
    expect(told).toEqual(['first begins', 'first is ready', 'second begins', 'second is ready'])
  })

  it('closes those before the one that fails, the last first, and tells its error', async () => {
    const closed: string[] = []
    const closing = (name: string) => plugin(name, { close: () => void closed.push(name) })
    const failing: Plugin = { name: 'failing', contribute: () => Promise.reject(new Error('no licence')) }
    await expect(startPlugins([closing('first'), closing('second'), failing, closing('never')], fakeHost())).rejects.toThrow('no licence')
    expect(closed).toEqual(['second', 'first'])
  })

  it('tells the first error when one that it closes fails too', async () => {
    const host = fakeHost()
    const sour = plugin('sour', { close: () => Promise.reject(new Error('not now')) })
    const failing: Plugin = { name: 'failing', contribute: () => Promise.reject(new Error('no licence')) }
    await expect(startPlugins([sour, failing], host)).rejects.toThrow('no licence')
    expect(host.logged.map(({ message }) => message)).toEqual(['The plugin sour failed to close.'])
  })

  it.each(['servers', 'groups', 'clients', 'status', 'reload', 'events', 'openapi.json'])(
    'refuses the name %s, which is a noun of the admin API',
    async (name) => {
      await expect(names([plugin(name)])).rejects.toMatchObject({
        code: 'config.invalid',
        message: expect.stringContaining(name) as string,
      })
    },
  )

  it('refuses two plugins of one name, before any has started', async () => {
    const started: string[] = []
    const counting = (name: string): Plugin => ({ name, contribute: () => (started.push(name), {}) })
    const all = [counting('cache'), counting('usage'), counting('cache')]
    await expect(names(all)).rejects.toMatchObject({ code: 'config.invalid', message: expect.stringContaining('two plugins') as string })
    expect(started).toEqual([])
  })

  it.each(['', 'Cache', 'a/b', ':id', '*', '..', 'with space', 'x'.repeat(65)])(
    'refuses %j, which is no segment of a path',
    async (name) => {
      await expect(names([plugin(name)])).rejects.toMatchObject({ code: 'config.invalid' })
    },
  )

  it.each(['hil', 'tools', 'my-company-2'])('takes the name %s', async (name) => {
    expect(await names([plugin(name)])).toEqual([name])
  })
})

describe('the close of plugins', () => {
  it('goes in reverse, each in its own try, and only once', async () => {
    const closed: string[] = []
    const host = fakeHost()
    const closing = (name: string, cause?: Error) =>
      plugin(name, { close: () => (closed.push(name), cause ? Promise.reject(cause) : Promise.resolve()) })
    const { close } = await startPlugins([closing('first'), closing('second', new Error('stuck')), closing('third')], host)
    await close()
    await close()
    expect(closed).toEqual(['third', 'second', 'first'])
    expect(host.logged.map(({ level, message }) => `${level}: ${message}`)).toEqual(['error: The plugin second failed to close.'])
  })
})

describe('what a plugin adds', () => {
  it('may be made by a class: its methods count and keep their this', async () => {
    const closed: string[] = []
    class Rules implements Contribution {
      readonly hooks = new Verdicts()
      readonly forbidden = 'rm'
      denies(subject: Pick<Subject, 'name'>) {
        return subject.name === this.forbidden
      }
      close() {
        closed.push(this.forbidden)
      }
    }
    class Verdicts implements Partial<Hooks> {
      readonly reason = 'not here'
      preToolCall() {
        return { decision: 'deny', reason: this.reason } as const
      }
    }
    const { contributions, close } = await startPlugins([plugin('rules', new Rules())], fakeHost())
    const [hook] = collectHooks({}, contributions).preToolCall
    expect(await hook?.(fakeCall())).toEqual({ decision: 'deny', reason: 'not here' })
    const subject = { client: 'claude', group: null, server: 'files', kind: 'tool' } as const
    expect(['rm', 'ls'].map((name) => contributions[0]?.denies?.({ ...subject, name }))).toEqual([true, false])
    await close()
    expect(closed).toEqual(['rm'])
  })

  it('is hooked in after the hooks of the program, in registration order', () => {
    const hook = (name: string) => () => ({ decision: 'continue', rule: name }) as const
    const hooks = collectHooks({ preToolCall: [hook('own 1'), hook('own 2')] }, [
      { hooks: { preToolCall: hook('first') } },
      {},
      { hooks: { preToolCall: hook('second') } },
    ])
    const rules = hooks.preToolCall.map((each) => each(fakeCall()))
    expect(rules).toEqual(['own 1', 'own 2', 'first', 'second'].map((rule) => ({ decision: 'continue', rule })))
  })

  it('is frozen at the start: a hook that is added later is not asked', () => {
    const own: Hooks['preToolCall'][] = [() => undefined]
    const hooks = collectHooks({ preToolCall: own }, [])
    own.push(() => ({ decision: 'deny', reason: 'too late' }))
    expect(hooks.preToolCall).toHaveLength(1)
    expect(Object.isFrozen(hooks) && Object.isFrozen(hooks.preToolCall)).toBe(true)
  })

  it('has every seam, also those that nobody hooks into', () => {
    expect(Object.values(collectHooks({}, []))).toEqual(Array(7).fill([]))
  })
})

describe('around', () => {
  const noting = (told: string[], name: string): Contribution => ({
    around: (next) => async (call, decision) => {
      told.push(`${name} before`)
      const outcome = await next(call, decision)
      told.push(`${name} after`)
      return outcome
    },
  })
  const allowed = { effect: 'allow', by: 'default' } as const

  it('wraps the call with the first registered outermost', async () => {
    const told: string[] = []
    const upstream: CallTool = async () => (told.push('upstream'), { result: '{}', isError: false })
    const call = wrapCall(upstream, [noting(told, 'first'), {}, noting(told, 'second')])
    expect(await call(fakeCall(), allowed)).toEqual({ result: '{}', isError: false })
    expect(told).toEqual(['first before', 'second before', 'upstream', 'second after', 'first after'])
  })

  it('hands the call and the decision on as they are', async () => {
    const asked = fakeCall({ arguments: { id: 1 } })
    const upstream: CallTool = async (call, decision) => ({ result: JSON.stringify([call.arguments, decision]), isError: false })
    expect((await wrapCall(upstream, [noting([], 'only')])(asked, allowed)).result).toBe(JSON.stringify([{ id: 1 }, allowed]))
  })

  it('sees the failure of the upstream, which reaches the caller when nobody catches it', async () => {
    const upstream: CallTool = () => Promise.reject(new Error('gone'))
    const told: string[] = []
    await expect(wrapCall(upstream, [noting(told, 'only')])(fakeCall(), allowed)).rejects.toThrow('gone')
    expect(told).toEqual(['only before'])
  })

  it('is made once, not per call, so that a plugin may keep count between calls', async () => {
    let made = 0
    const counting: Contribution = { around: (next) => ((made += 1), next) }
    const call = wrapCall(async () => ({ result: '{}', isError: false }), [counting])
    await call(fakeCall(), allowed)
    await call(fakeCall(), allowed)
    expect(made).toBe(1)
  })
})
