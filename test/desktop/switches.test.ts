import { describe, expect, it } from 'vitest'
import { refusalOf } from '../../src/main/desktop/switches'

const commandLine = (...given: string[]) => ({ hasSwitch: (name: string) => given.includes(name) })

describe('the switches that the installed app is started with', () => {
  it.each([
    ['a debugger of its windows on a port', 'remote-debugging-port'],
    ['a debugger of its windows on a pipe', 'remote-debugging-pipe'],
    ['a debugger of its main process', 'inspect'],
    ['a debugger that waits for somebody', 'inspect-brk'],
    ['a program that stands in for its windows', 'browser-subprocess-path'],
    ['a program that starts its windows', 'renderer-cmd-prefix'],
  ])('are refused when they bring %s', (_what, name) => expect(refusalOf(commandLine(name))).toContain(`--${name}`))

  it('are all named in the refusal, which says what to do', () => {
    const refusal = refusalOf(commandLine('remote-debugging-pipe', 'no-sandbox', 'inspect'))
    expect(refusal).toMatch(/--remote-debugging-pipe, --inspect: .* Start it without\.$/)
    expect(refusal).not.toContain('no-sandbox')
  })

  it('are the business of whoever starts it otherwise', () => {
    expect(refusalOf(commandLine('no-sandbox', 'disable-gpu', 'user-data-dir', 'password-store'))).toBeUndefined()
  })
})
