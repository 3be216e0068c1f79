import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openLink, resultOf } from '../../support/http-upstream'
import type { Opened } from '../../support/http-upstream'
import { openEverything, openSdkUpstream } from '../../support/http-upstream-real'
import type { RealUpstream } from '../../support/http-upstream-real'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})
async function connect(upstream: RealUpstream): Promise<Opened> {
  const opened = await openLink(upstream.url)
  open.push(() => opened.connector.close())
  return opened
}

describe.each([true, false])("the SDK's own server transport (plain JSON answers: %s)", (enableJsonResponse) => {
  it('is called, listened to and said goodbye to', async () => {
    const upstream = await openSdkUpstream({ enableJsonResponse })
    open.push(() => upstream.close())
    const { link, call, messages, notes } = await connect(upstream)
    expect(link.initialized.serverInfo).toMatchObject({ name: 'sdk' })
    const working: unknown[] = []
    const reply = await call('shout', { onMessage: (message) => working.push(message.params?.data) }, { arguments: { a: [1, 'é'] } })
    expect(resultOf(reply)).toEqual({ content: [{ type: 'text', text: '{"a":[1,"é"]}' }] })
    expect(working).toEqual(enableJsonResponse ? [] : ['working'])
    // What it says before our GET stream is open reaches nobody.
    while (messages.length === 0) await call('shout')
    expect(messages).toContainEqual({ kind: 'notification', method: 'notifications/tools/list_changed', params: undefined })
    expect(await link.request('no/such/method', {}, { timeoutMs: 5_000, progress: false })).toMatchObject({
      error: { code: -32601, message: 'Method not found' },
    })
    await link.close()
    expect(notes).toEqual([])
    await expect(openLink(upstream.url)).rejects.toMatchObject({ code: 'upstream.refused' })
  })
})

describe('server-everything over Streamable HTTP', () => {
  let everything: RealUpstream
  beforeAll(async () => void (everything = await openEverything()), 30_000)
  afterAll(() => everything.close())

  it('answers calls and tells the progress of a long one', async () => {
    const { call } = await connect(everything)
    expect(resultOf(await call('echo', {}, { arguments: { message: 'hello' } }))).toMatchObject({
      content: [{ type: 'text', text: 'Echo: hello' }],
    })
    const progress: unknown[] = []
    const onMessage = (message: { method: string; params: unknown }) =>
      void (message.method === 'notifications/progress' && progress.push(message.params))
    const reply = await call('trigger-long-running-operation', { progress: true, onMessage }, { arguments: { duration: 0.3, steps: 3 } })
    expect(resultOf(reply)).toHaveProperty('content')
    expect(progress).toEqual([1, 2, 3].map((step) => ({ progress: step, total: 3 })))
  })

  it('is asked back by no one who declared nothing, and sees what a client declares', async () => {
    const names = async (opened: Opened) =>
      (resultOf(await opened.link.request('tools/list', {}, { timeoutMs: 5_000, progress: false })) as { tools: unknown[] }).tools.length
    const plain = await names(await connect(everything))
    const capable = await openLink(everything.url, { handshake: { capabilities: { sampling: {}, elicitation: {}, roots: {} } } })
    open.push(() => capable.connector.close())
    expect(await names(capable)).toBeGreaterThan(plain)
  })

  it('is cancelled in the middle of a long operation and goes on serving', async () => {
    const { call } = await connect(everything)
    const stop = new AbortController()
    const begun = performance.now()
    const calling = call(
      'trigger-long-running-operation',
      { signal: stop.signal, progress: true, onMessage: () => stop.abort() },
      { arguments: { duration: 10, steps: 50 } },
    )
    await expect(calling).rejects.toMatchObject({ code: 'call.cancelled' })
    expect(performance.now() - begun).toBeLessThan(5_000)
    expect(resultOf(await call('echo', {}, { arguments: { message: 'still here' } }))).toHaveProperty('content')
  })

  it('dies in mid-call, which is told at once', async () => {
    const mortal = await openEverything()
    const { call } = await connect(mortal)
    const calling = call(
      'trigger-long-running-operation',
      { progress: true, timeoutMs: 20_000, onMessage: () => void mortal.close() },
      { arguments: { duration: 15, steps: 50 } },
    )
    await expect(calling).rejects.toMatchObject({ code: 'upstream.closed' })
    await expect(call('echo')).rejects.toMatchObject({ code: 'upstream.unreachable' })
  })
})
