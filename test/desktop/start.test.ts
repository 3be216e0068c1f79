import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { GatewayError } from '../../src/shared/errors'
import { silentLog } from '../../src/main/gateway/log'
import { startGateway, type Running } from '../../src/main/desktop/start'
import { findFreePort, startQuestion, type StartChoice } from '../../src/main/desktop/start-failure'

const taken = new GatewayError('listen.port_taken', 'Port 7411 is in use.')
const running = {} as Running

/** Fails so often, and is answered so. */
function start(failures: number, ...answers: StartChoice[]) {
  const open = vi.fn<(port: number | undefined) => Promise<Running>>(async () => {
    if (open.mock.calls.length <= failures) throw taken
    return running
  })
  const ask = vi.fn(async () => answers.shift() ?? ({ kind: 'quit' } as const))
  const openConfig = vi.fn(async () => undefined)
  return { open, ask, openConfig, started: startGateway({ log: silentLog, open, ask, openConfig }) }
}

describe('a gateway that cannot start', () => {
  it('asks nothing when it can', async () => {
    const { started, ask } = start(0)
    expect(await started).toBe(running)
    expect(ask).not.toHaveBeenCalled()
  })

  it('takes the port that the person chose, and goes on asking while that fails too', async () => {
    const { started, open } = start(2, { kind: 'port', port: 7412 }, { kind: 'again' })
    expect(await started).toBe(running)
    expect(open.mock.calls).toEqual([[undefined], [7412], [7412]])
  })

  it('opens the settings file, then asks again', async () => {
    const { started, openConfig, ask } = start(2, { kind: 'config' }, { kind: 'again' })
    expect(await started).toBe(running)
    expect(openConfig).toHaveBeenCalledOnce()
    expect(ask).toHaveBeenCalledTimes(2)
  })

  it('is given up by the person', async () => {
    const { started } = start(9, { kind: 'quit' })
    expect(await started).toBeUndefined()
  })
})

describe('the question', () => {
  it('offers another port where that helps, and says what it costs', () => {
    const { detail, answers } = startQuestion(taken, 7412)
    expect(answers.map(({ label }) => label)).toEqual(['Use port 7412 instead', 'Open the settings file', 'Try again', 'Quit'])
    expect(detail).toContain('connected again')
  })

  it.each([
    ['another program has the data', new GatewayError('store.locked', 'Another gateway runs on it.'), 'Another gateway runs on it.'],
    ['nobody foresaw it', new Error('boom'), 'Error: boom'],
  ])('offers no port where %s', (_what, failure, said) => {
    const { detail, answers } = startQuestion(failure, undefined)
    expect(answers.map(({ label }) => label)).toEqual(['Try again', 'Open the settings file', 'Quit'])
    expect(detail).toContain(said)
  })
})

describe('a free port', () => {
  it('is the first that nothing listens on', async () => {
    const server = createServer()
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const { port } = server.address() as AddressInfo
    expect(await findFreePort('127.0.0.1', port)).toBeGreaterThan(port)
    await new Promise((closed) => server.close(closed))
    expect(await findFreePort('127.0.0.1', 65_536)).toBeUndefined()
  })
})
