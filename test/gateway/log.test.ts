import { describe, expect, it } from 'vitest'
import { createLog, longestLine, silentLog } from '../../src/main/gateway/log'
import { GatewayError } from '../../src/shared/errors'

function recorded(format: 'text' | 'json', level: 'debug' | 'info' | 'warn' | 'error' | 'silent' = 'debug') {
  const lines: string[] = []
  return { lines, log: createLog({ level, format, write: (line) => void lines.push(line), now: () => new Date(0) }) }
}

describe('the log', () => {
  it('tells time, level, message and facts as text', () => {
    const { lines, log } = recorded('text')
    log.info('listening', { port: 7411, path: '/mcp', note: 'two words' })
    expect(lines).toEqual(['1970-01-01T00:00:00.000Z INFO  listening port=7411 path=/mcp note="two words"\n'])
  })
  it('tells the same as JSON', () => {
    const { lines, log } = recorded('json')
    log.warn('slow', { ms: 12, level: 'mine' })
    expect(JSON.parse(lines[0] ?? '')).toEqual({ time: '1970-01-01T00:00:00.000Z', level: 'warn', message: 'slow', ms: 12, _level: 'mine' })
  })
  it('keeps quiet below its level', () => {
    const { lines, log } = recorded('text', 'warn')
    log.debug('a')
    log.info('b')
    log.error('c')
    expect(lines).toHaveLength(1)
    const silent = recorded('text', 'silent')
    silent.log.error('x')
    silentLog.error('y')
    expect(silent.lines).toEqual([])
  })
  it.each(['text', 'json'] as const)('takes secrets out of message and facts (%s)', (format) => {
    const { lines, log } = recorded(format)
    log.error(`with Bearer ${'a'.repeat(20)}`, {
      token: 'hunter22',
      nested: { url: 'https://me:hunter22@example.org' },
      error: new Error('password=hunter22'),
    })
    expect(lines.join()).not.toMatch(/hunter22|aaaa/)
  })
  it.each(['text', 'json'] as const)('lets nothing forge a line, move the cursor or turn the text (%s)', (format) => {
    const { lines, log } = recorded(format)
    const evil = 'a\n2026 INFO forged\r\u001b[2J\u202e\u2028\u0085\u200b\u{e0041}'
    log.info(evil, { evil, [`key\n${evil}`]: 1 })
    expect(lines).toHaveLength(1)
    expect(lines[0]?.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u)
    expect(lines[0]).toContain('\\u001b')
  })
  it('tells an error with code and cause, and the stack of one that nobody foresaw', () => {
    const { lines, log } = recorded('json')
    log.error('refused', { error: new GatewayError('tool.denied', 'no', { cause: new TypeError('why') }) })
    log.error('broken', { error: new TypeError('unforeseen') })
    const [refused, broken] = lines.map((line) => JSON.parse(line) as { error: Record<string, unknown> })
    expect(refused?.error).toEqual({ message: 'no', code: 'tool.denied', cause: { message: 'why' } })
    expect(broken?.error.stack).toContain('log.test.ts')
  })
  it.each(['text', 'json'] as const)('cuts a line that is too long (%s)', (format) => {
    const { lines, log } = recorded(format)
    log.info('long', { text: 'lorem '.repeat(10_000) })
    expect(lines[0]?.length).toBeLessThan(longestLine + 10)
    if (format === 'json') expect(JSON.parse(lines[0] ?? '')).toMatchObject({ message: 'long' })
  })
  it('never throws, whatever it is given', () => {
    const circle: Record<string, unknown> = { big: 1n, run: () => 1 }
    circle.self = circle
    const trap = {
      get boom(): never {
        throw new Error('no')
      },
    }
    const { lines, log } = recorded('json')
    log.info('circle', circle)
    expect(() => log.info('trap', { trap })).not.toThrow()
    const broken = createLog({ level: 'info', format: 'text', write: () => { throw new Error('EPIPE') } }) // prettier-ignore
    expect(() => broken.info('x')).not.toThrow()
    expect(lines[0]).toContain('"big":"1"')
    expect(lines[1]).toContain('"message":"trap"')
  })
})
