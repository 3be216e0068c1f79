import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { moment, table } from '../../src/main/commands/text'

/** What a terminal of so many columns says of itself. */
const terminal = (columns: number) => {
  const { stdout } = process
  const before = { isTTY: stdout.isTTY, columns: stdout.columns }
  Object.assign(stdout, { isTTY: true, columns })
  return () => void Object.assign(stdout, before)
}

/** As terminals count: two for what is wide, none for what is drawn over the sign before. */
const columnsOf = (line: string) =>
  [...line].reduce(
    (sum, sign) => sum + (/[\u3000-\u9fff\uac00-\ud7a3]|\p{Emoji_Presentation}/u.test(sign) ? 2 : /\p{Mn}/u.test(sign) ? 0 : 1),
    0,
  )

describe('a table on a terminal', () => {
  let leave: () => void
  beforeEach(() => {
    vi.stubEnv('NO_COLOR', '1')
    leave = terminal(80)
  })
  afterEach(() => {
    leave()
    vi.unstubAllEnvs()
  })

  it('fits, and never cuts what a line is about', () => {
    const name = 'a-server-with-a-name-of-thirty-two'
    const shown = table(['NAME', 'STATE', 'ADDRESS', 'WHY'], [[name, 'failed', `https://example.com/${'x'.repeat(90)}`, 'y'.repeat(300)]])
    for (const line of shown.split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(80)
    expect(shown).toContain(`${name}  failed  https://exam`)
  })

  it('takes from the widest column first', () => {
    const shown = table(['TIME', 'TOOL', 'OUTCOME', 'ARGUMENTS'], [['01:02:03', 'github_create_issue', 'tool_error', 'z'.repeat(500)]])
    expect(shown.split('\n')[1]).toBe(`01:02:03  github_create_issue  tool_error  ${'z'.repeat(36)}…`)
  })

  it.each(['日本語', '한국어', '✅ done', '⭐⭐', '🚀 up', 'cafe\u0301'])('has straight columns also behind %s', (text) => {
    const [first = '', second = ''] = table(
      ['A', 'B'],
      [
        [text, '|'],
        ['plain text', '|'],
      ],
    )
      .split('\n')
      .slice(1)
    expect(columnsOf(first)).toBe(columnsOf(second))
  })
})

describe('a table for a program', () => {
  it('is cut nowhere', () => {
    expect(table(['A', 'B'], [['x', 'y'.repeat(500)]])).toContain('y'.repeat(500))
  })
})

describe('a moment', () => {
  it('is what was recorded where a program may read it', () => expect(moment('2026-11-26T01:52:28.032Z')).toBe('2026-11-26T01:52:28.032Z'))

  it('is short on a terminal: the clock of today, or the day too', () => {
    const leave = terminal(80)
    const now = new Date()
    expect(moment(now.toISOString())).toMatch(/^\d\d:\d\d:\d\d$/)
    expect(moment(new Date(now.getTime() - 3 * 86_400_000).toISOString())).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d$/)
    leave()
  })
})
