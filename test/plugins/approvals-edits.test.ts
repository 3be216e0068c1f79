import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parseExactly } from '../../src/shared/exact-json'
import { GatewayError } from '../../src/shared/errors'
import type { Arguments } from '../../src/main/gateway/hooks'
import { approvalLimits } from '../../src/main/plugins/approvals'
import { allowedBy, grantedBy, openDesk, refused, seconds, stored, turn } from '../support/approval-desk'
import { fakeCall, fakeTool } from '../support/plugin-host'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const schema = {
  type: 'object',
  properties: { repo: { type: 'string', maxLength: 10 }, count: { type: 'integer', minimum: 1 }, big: { type: 'integer' } },
  required: ['repo'],
  additionalProperties: false,
}
const definition = { ...fakeTool('github_delete'), parameters: schema }
const asked = { repo: 'prod' }
const call = (parameters: Record<string, unknown> = schema) => ({
  ...fakeCall({ arguments: asked }),
  definition: { ...definition, parameters },
})

const editedBy = (id: string, args: Arguments) => ({ settled: { yes: { by: `approval:${id}:edited`, arguments: args } } })

/** A question about `{"repo":"prod"}` that waits, and the way to say yes to something else. */
async function waiting(parameters?: Record<string, unknown>) {
  const desk = await openDesk()
  const held = await desk.ask(call(parameters))
  const [pending] = desk.plugin.pending()
  const edit = (args: unknown) => desk.plugin.decide(pending?.id ?? '', { approve: true, by: 'desktop', arguments: args as Arguments })
  const refusal = (args: unknown): GatewayError => {
    try {
      edit(args)
    } catch (thrown) {
      if (thrown instanceof GatewayError) return thrown
      throw thrown
    }
    throw new Error('it was taken')
  }
  return { ...desk, held, edit, refusal, id: pending?.id ?? '' }
}

describe('a person who edits the arguments', () => {
  it('lets those run, and the history says so and shows them', async () => {
    const { host, held, edit, id } = await waiting()
    const before = host.tables.approvals.get(id)
    const decided = edit({ repo: 'copy', count: 2 })
    await turn()
    expect(held).toEqual(editedBy(id, { repo: 'copy', count: 2 }))
    expect(decided).toMatchObject({ edited: true, arguments: { repo: 'copy', count: 2 }, status: 'approved' })
    expect(decided.call_hash).not.toBe(before?.call_hash)
    expect(stored(host)).toMatchObject([{ edited: true, arguments: { repo: 'copy', count: 2 }, call_hash: decided.call_hash }])
  })

  it('and has changed nothing by writing the same in another order, lets the call run as it is', async () => {
    const { held, edit, id } = await waiting()
    expect(edit({ repo: 'prod' }).edited).toBeUndefined()
    await turn()
    expect(held).toEqual(allowedBy(id))
  })

  it('is not undone by who keeps the object', async () => {
    const { held, edit, id } = await waiting()
    const args = { repo: 'copy' }
    edit(args)
    args.repo = 'prod'
    await turn()
    expect(held).toEqual(editedBy(id, { repo: 'copy' }))
  })

  it('keeps all digits', async () => {
    const { held, edit } = await waiting()
    edit(parseExactly('{"repo":"copy","big":12345678901234567890}'))
    await turn()
    expect(JSON.stringify(held)).toContain('"big":12345678901234567890')
  })

  it('with a grant for these arguments grants the edited ones, not those that were asked for', async () => {
    const { host, plugin, ask, id } = await waiting()
    host.tools = [definition]
    plugin.decide(id, { approve: true, by: 'desktop', arguments: { repo: 'copy' }, grant: { scope: 'arguments' } })
    const [grant] = host.tables.grants.list()
    expect(await ask({ ...call(), arguments: { repo: 'copy' } })).toEqual(grantedBy(grant?.id))
    expect((await ask(call())).settled).toBeUndefined()
  })

  it('after the caller was sent away: the call that comes back as it was runs with the edited ones, once', async () => {
    const { host, plugin, ask } = await openDesk()
    await ask({ ...call(), tellsProgress: false })
    await seconds(60)
    const id = plugin.pending()[0]?.id ?? ''
    plugin.decide(id, { approve: true, by: 'approver', arguments: { repo: 'copy' } })
    expect(host.tables.grants.list()).toMatchObject([
      { scope: 'once', call_hash: host.callHash({ ...call(), arguments: { repo: 'copy' } }) },
    ])
    expect(await ask(call())).toEqual(editedBy(id, { repo: 'copy' }))
    expect((await ask(call())).settled).toBeUndefined()
  })

  it('and a restart: only the call that brings the edited ones by itself runs', async () => {
    const before = await openDesk()
    await before.ask({ ...call(), tellsProgress: false })
    await seconds(60)
    const { id } = await before.decide(true, undefined, { arguments: { repo: 'copy' } })
    await before.close()
    const { ask } = await openDesk({ tables: before.host.tables })
    expect((await ask(call())).settled).toBeUndefined()
    expect(await ask({ ...call(), arguments: { repo: 'copy' } })).toEqual(allowedBy(id))
  })
})

describe('arguments that do not fit', () => {
  it.each<[string, unknown, RegExp, string]>([
    ['a field of the wrong type', { repo: 'copy', count: 'two' }, /count/, 'input.invalid'],
    ['a text that is too long', { repo: 'x'.repeat(11) }, /repo/, 'input.invalid'],
    ['one that is missing', { count: 1 }, /repo/, 'input.invalid'],
    ['one too many', { repo: 'copy', force: true }, /force/, 'input.invalid'],
    ['a list', [], /one JSON object/, 'input.invalid'],
    ['a date', { repo: new Date(0) }, /JSON cannot/, 'input.invalid'],
    ['a number that JSON has not', { repo: 'copy', count: Infinity }, /JSON cannot/, 'input.invalid'],
    ['a function', { repo: () => 'copy' }, /JSON cannot/, 'input.invalid'],
  ])('are refused with the field (%s), and the question stays open', async (_what, args, words, code) => {
    const { held, plugin, refusal } = await waiting()
    expect(refusal(args)).toMatchObject({ code, message: expect.stringMatching(words) as string })
    await turn()
    expect(held.settled).toBeUndefined()
    expect(plugin.pending()).toHaveLength(1)
  })

  it('name the field for programs too', async () => {
    const { refusal } = await waiting()
    expect(refusal({ repo: 'copy', count: 0 }).context.details).toContainEqual(expect.objectContaining({ path: '#/count' }))
  })

  it('are bounded in size and depth', async () => {
    const { refusal } = await waiting({ type: 'object' })
    expect(refusal({ text: 'x'.repeat(approvalLimits.editedChars) })).toMatchObject({ code: 'input.too_large' })
    const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) })
    expect(refusal(nested(approvalLimits.editedDepth + 2))).toMatchObject({ code: 'input.too_deep' })
    const round: Record<string, unknown> = {}
    round.self = round
    expect(refusal(round)).toMatchObject({ code: 'input.too_deep' })
  })

  it.each<[string, Record<string, unknown>]>([
    ['a pattern that takes for ever', { type: 'object', properties: { repo: { pattern: '^(a+)+$' } } }],
    ['a reference to itself', { $ref: '#' }],
    ['a pattern that is none', { type: 'object', properties: { repo: { pattern: '(' } } }],
    ['a reference to nowhere', { $ref: '#/$defs/none' }],
  ])('cannot be checked against %s: nothing runs, and plain approval is still there', async (_what, parameters) => {
    const { held, edit, refusal, plugin, id } = await waiting(parameters)
    expect(refusal({ repo: `${'a'.repeat(40)}!` })).toMatchObject({ code: 'input.invalid' })
    expect(plugin.pending()).toHaveLength(1)
    expect(edit({ repo: 'prod' })).toMatchObject({ id, status: 'approved' })
    await turn()
    expect(held).toEqual(allowedBy(id))
  })

  it('are refused when the tool has changed since it was shown', async () => {
    const { host, refusal } = await waiting()
    host.version += 1
    expect(refusal({ repo: 'copy' })).toMatchObject({ message: expect.stringContaining('has changed since') as string })
  })

  it('do not come with a no, and the notification edits nothing', async () => {
    const { host, plugin, held, id } = await waiting()
    host.rules = { ...host.rules, rules: [{ effect: 'ask', tool: '*', notify_approve: true }] }
    expect(() => plugin.decide(id, { approve: true, by: 'notification', arguments: { repo: 'copy' } })).toThrow('notification may not')
    plugin.decide(id, { approve: false, by: 'desktop', arguments: { repo: 'copy' } })
    await turn()
    expect(held).toEqual(refused('tool.unconfirmed'))
    expect(stored(host)[0]).toMatchObject({ status: 'denied', arguments: { repo: 'prod' } })
  })
})
