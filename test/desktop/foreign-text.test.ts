import { describe, expect, it } from 'vitest'
import { foreignText, longestForeignText, menuText, withoutMarkup } from '../../src/main/desktop/foreign-text'
import { approvalText, bundleText, changeText, connectText, serverText } from '../../src/main/desktop/notification-texts'

describe('a text from outside', () => {
  it.each([
    ['turns the reading direction', 'abc\u202Edef', 'abc⟨U+202E⟩def'],
    ['begins a new line', 'one\ntwo\tthree', 'one⟨U+000A⟩two⟨U+0009⟩three'],
    ['hides something', 'a\u200Bb', 'a⟨U+200B⟩b'],
  ])('that %s shows it', (_what, given, shown) => expect(foreignText(given)).toBe(shown))

  it('is cut where it is too long, whatever is in it', () => {
    expect([...foreignText('x'.repeat(1_000_000))]).toHaveLength(longestForeignText)
    expect([...foreignText('\u202E'.repeat(1000))].length).toBeLessThanOrEqual(longestForeignText)
    expect(foreignText('😀'.repeat(500)).endsWith('😀…')).toBe(true)
  })

  it('is no markup, and underlines nothing', () => {
    expect(withoutMarkup('<b>"a" & b</b>')).toBe('&lt;b&gt;"a" &amp; b&lt;/b&gt;')
    expect(menuText('Black & White')).toBe('Black && White')
  })
})

describe('what notifications say', () => {
  it('names who, what and where, each cut, so that no name hides the others', () => {
    const { body } = approvalText({ client: 'c'.repeat(500), tool: 'delete_repo', server: 'github' })
    expect(body).toMatch(/^c{63}… wants to run delete_repo on github$/)
  })

  it('counts', () => {
    expect(bundleText('call', 1).body).toBe('1 call waits')
    expect(bundleText('change', 3).body).toBe('3 changes wait')
  })

  it('says of a change that it waits, and of a server what it needs', () => {
    expect(changeText({ title: 'Add a server' }).body).toBe('Add a server. Nothing happens before you confirm it.')
    expect(serverText({ name: 'github', state: 'needs_login' }).body).toContain('logged in')
    expect(serverText({ name: 'github', state: 'needs_trust' }).body).toContain('confirmed its command')
  })

  it('says which client a copied command belongs to', () => {
    expect(connectText('Claude Code 2').body).toContain('Claude Code 2')
    expect(connectText(null).body).not.toContain('token')
  })
})
