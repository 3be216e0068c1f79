import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { compileRules, createAccess, mostRemembered, type Access } from '../../src/main/gateway/access'
import type { Subject } from '../../src/main/gateway/plugin'
import { compilePattern, fold, longestName, patternProblem } from '../../src/shared/patterns'
import type { GroupRecord, ServerRecord } from '../../src/shared/records'

const serverRecord = (name: string, rules: Partial<ServerRecord> = {}) =>
  ({ id: `id-${name}`, name, enabled: true, allow: [], deny: [], ...rules }) as unknown as ServerRecord
const subject = (parts: Partial<Subject> = {}): Subject => ({
  client: 'claude',
  group: null,
  server: 'github',
  kind: 'tool',
  name: 'read_file',
  ...parts,
})

describe('rules', () => {
  it('let deny win over allow', () => expect(compileRules({ allow: ['*'], deny: ['delete_*'] })('delete_repo')).toBe(false))
  it('allow everything when the allow list is empty', () => expect(compileRules({ allow: [], deny: [] })('anything')).toBe(true))
  it('deny a name whatever its case, width or invisible signs', () => {
    const permits = compileRules({ allow: [], deny: ['delete_*'] })
    expect(['ＤＥＬＥＴＥ_Repo', 'Delete_repo', 'de\u200blete_repo', 'delete_\nrepo'].map((name) => permits(name))).toEqual([
      false,
      false,
      false,
      false,
    ])
  })
  it('allow only what matches exactly', () => expect(compileRules({ allow: ['read_*'], deny: [] })('Read_file')).toBe(false))
  it('apply to every kind unless a prefix narrows them', () => {
    const permits = compileRules({ allow: [], deny: ['secret*', 'prompt:plan', 'resource:file:///etc/*'] })
    expect(permits('secret_x', 'resource')).toBe(false)
    expect(permits('plan', 'prompt')).toBe(false)
    expect(permits('plan', 'tool')).toBe(true)
    expect(permits('file:///etc/passwd', 'resource')).toBe(false)
  })
  it('with only tools on the allow list permit no prompt', () =>
    expect(compileRules({ allow: ['tool:*'], deny: [] })('plan', 'prompt')).toBe(false))
  it('are refused when a pattern cannot be used', () => expect(() => compileRules({ allow: ['*a*a*a*'], deny: [] })).toThrow('at most 3'))
})

describe('authorize', () => {
  const servers = new Map<string, ServerRecord>()
  const groups = new Map<string, GroupRecord>()
  const denies: ((asked: Subject) => boolean)[] = []
  let access: Access
  beforeEach(() => {
    servers.clear()
    groups.clear()
    denies.length = 0
    servers.set('github', serverRecord('github'))
    groups.set('readonly', { id: 'g', name: 'readonly', member_server_ids: ['id-github'], allow: [], deny: [] })
    access = createAccess({ server: (name) => servers.get(name), group: (name) => groups.get(name), denies })
  })

  it('permits what nothing is against', () => expect(access.authorize(subject())).toBe(true))
  it('denies what is on no server', () => expect(access.authorize(subject({ server: 'gitlab' }))).toBe(false))
  it('denies what is on a disabled server', () => {
    servers.set('github', serverRecord('github', { enabled: false }))
    expect(access.authorize(subject())).toBe(false)
  })
  it('denies a group that does not exist, and a server that is not in the group', () => {
    servers.set('slack', serverRecord('slack'))
    expect(access.authorize(subject({ group: 'nobody' }))).toBe(false)
    expect(access.authorize(subject({ group: 'readonly', server: 'slack' }))).toBe(false)
    expect(access.authorize(subject({ group: 'readonly' }))).toBe(true)
  })
  it.each(['read_*', 'github_read_*'])('lets a group narrow by %s', (pattern) => {
    groups.set('readonly', { id: 'g', name: 'readonly', member_server_ids: ['id-github'], allow: [pattern], deny: [] })
    expect(access.authorize(subject({ group: 'readonly' }))).toBe(true)
    expect(access.authorize(subject({ group: 'readonly', name: 'write_file' }))).toBe(false)
    expect(access.authorize(subject({ name: 'write_file' }))).toBe(true)
  })
  it('never lets a group widen what its server refuses', () => {
    servers.set('github', serverRecord('github', { deny: ['read_*'] }))
    groups.set('readonly', { id: 'g', name: 'readonly', member_server_ids: ['id-github'], allow: ['*'], deny: [] })
    expect(access.authorize(subject({ group: 'readonly' }))).toBe(false)
  })
  it('does not take server_tool for a bare name in the rules of a server', () => {
    servers.set('github', serverRecord('github', { deny: ['github_*'] }))
    expect(access.authorize(subject())).toBe(true)
  })
  it('denies when a plugin denies, and when one throws', () => {
    denies.push((asked) => asked.name === 'read_file')
    expect(access.authorize(subject())).toBe(false)
    denies.push(() => {
      throw new Error('broken')
    })
    expect(access.authorize(subject({ name: 'other' }))).toBe(false)
  })
  it('denies everything of a server whose stored rules cannot be read', () => {
    servers.set('github', serverRecord('github', { allow: ['{'] }))
    expect(access.authorize(subject())).toBe(false)
  })
  it('denies names that are longer than any pattern is asked about', () => {
    expect(access.authorize(subject({ kind: 'resource', name: 'x'.repeat(longestName) }))).toBe(true)
    expect(access.authorize(subject({ kind: 'resource', name: 'x'.repeat(longestName + 1) }))).toBe(false)
  })
  it('matches a long URI by the same rules as a short one', () => {
    servers.set('github', serverRecord('github', { deny: ['file:///*/secret*.txt'] }))
    const uri = `file:///${'a/'.repeat(1000)}Secrets.txt`
    expect(access.authorize(subject({ kind: 'resource', name: uri }))).toBe(false)
    expect(access.authorize(subject({ kind: 'resource', name: uri.replace('Secrets', 'open') }))).toBe(true)
  })
  it('remembers its answer until reset', () => {
    let asked = 0
    denies.push(() => ++asked > 1)
    expect([access.authorize(subject()), access.authorize(subject())]).toEqual([true, true])
    access.reset()
    expect(access.authorize(subject())).toBe(false)
  })
  it('takes no two subjects for one, whatever signs their parts hold', () => {
    const part = fc.string({ unit: fc.constantFrom(':', '-', '1', 'a', 't'), maxLength: 4 })
    const subjects = fc.record({
      client: part,
      group: fc.option(part),
      server: part,
      kind: fc.constantFrom('tool' as const, 'prompt' as const),
      name: part,
    })
    fc.assert(
      fc.property(subjects, subjects, (one, other) => {
        const seen: Subject[] = []
        const any = createAccess({
          server: () => serverRecord('s'),
          group: () => ({ id: 'g', name: 'g', member_server_ids: ['id-s'], allow: [], deny: [] }),
          denies: [(asked) => (seen.push(asked), false)],
        })
        any.authorize(one)
        any.authorize(other)
        expect(seen.length).toBe(JSON.stringify(one) === JSON.stringify(other) ? 1 : 2)
      }),
    )
  })
  it('keeps no more answers than its cap, however many names a client invents', () => {
    let decided = 0
    denies.push(() => (decided++, false))
    access.authorize(subject({ name: 'first' }))
    for (let i = 0; i < mostRemembered; i++) access.authorize(subject({ name: `invented_${i}` }))
    decided = 0
    access.authorize(subject({ name: 'first' }))
    expect(decided).toBe(1)
  })
})

describe('what picomatch and our own matcher both can read', () => {
  const text = (signs: string, maxLength: number) => fc.string({ unit: fc.constantFrom(...signs), minLength: 1, maxLength })
  const patterns = fc
    .oneof(
      text('ab_-*', 10),
      fc
        .tuple(text('ab*', 3), fc.array(text('ab*', 3), { minLength: 2, maxLength: 3 }), text('ab*', 3))
        .map(([a, list, b]) => `${a}{${list.join(',')}}${b}`),
    )
    .filter((pattern) => patternProblem(pattern) === null)

  it('they decide alike, so a rule means the same for a tool and for a URI', () => {
    fc.assert(
      fc.property(patterns, text('ab_-', 10), (pattern, name) => {
        expect(compileRules({ allow: [pattern], deny: [] })(name)).toBe(compilePattern(pattern)(name))
        expect(compileRules({ allow: [], deny: [pattern] })(name)).toBe(!compilePattern(fold(pattern))(fold(name)))
      }),
      { numRuns: 2000 },
    )
  })

  it.each(['a/../b', 'a..b', 'x\ny'])('no path meaning of picomatch lets %j past a deny rule', (name) => {
    const [first, last] = [name.charAt(0), name.charAt(name.length - 1)]
    expect(compileRules({ allow: [], deny: [`${first}*${last}`] })(name)).toBe(false)
  })
})
