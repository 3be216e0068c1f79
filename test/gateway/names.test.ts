import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exposeAll, exposeName, longestExposedName, metaToolNames } from '../../src/main/gateway/names'

const safe = /^[A-Za-z0-9_-]+$/
const isSafe = (name: string) => safe.test(name) && name.length <= longestExposedName && !metaToolNames.has(name)
const anyName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: fc.constantFrom('a', 'b', '_'), maxLength: 6 }),
  fc.string({ unit: fc.constantFrom('a', '_', 'é'), minLength: 60, maxLength: 400 }),
  fc.constantFrom('tools', 'tool', '', 'x'.repeat(100_000)),
)
const servers = fc.oneof(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,47}$/), fc.constantFrom('search', 'describe', 'invoke', 'a', 'a_b'))
const items = fc.uniqueArray(fc.record({ server: servers, bareName: anyName }), {
  maxLength: 30,
  selector: (item) => JSON.stringify([item.server, item.bareName]),
})

describe('an exposed name', () => {
  it('is server_tool where every client can take that', () => expect(exposeName('github', 'create_issue')).toBe('github_create_issue'))
  it.each(['read file', 'a.b', 'über', '', '🦊', 'x'.repeat(200), '../../etc'])(
    'is safe for every client when the tool is called %j',
    (bare) => expect(exposeName('github', bare)).toSatisfy(isSafe),
  )
  it('stays readable and stays the same when it is shortened', () => {
    const name = exposeName('github', 'create_or_update_a_pull_request_review_comment')
    expect(name).toMatch(/^github_create_or_update_a_pull_request_re_[0-9a-f]{6}$/)
    expect(exposeName('github', 'create_or_update_a_pull_request_review_comment')).toBe(name)
  })
  it.each([
    ['search', 'tools'],
    ['describe', 'tool'],
    ['invoke', 'tool'],
  ])('is never that of the meta-tool %s_%s', (server, bare) => expect(exposeName(server, bare)).toSatisfy(isSafe))
  it('is safe whatever the names are', () => {
    fc.assert(fc.property(servers, anyName, (server, bare) => void expect(exposeName(server, bare)).toSatisfy(isSafe)))
  })
})

describe('exposed names together', () => {
  it('are safe, never two alike, and lead back', () => {
    fc.assert(
      fc.property(items, (given) => {
        const names = exposeAll(given)
        expect(names.byName.size).toBe(given.length)
        for (const item of given) {
          const name = names.nameOf(item.server, item.bareName) ?? ''
          expect(name).toSatisfy(isSafe)
          expect(names.byName.get(name)).toBe(item)
        }
      }),
    )
  })
  it('do not depend on the order', () => {
    fc.assert(
      fc.property(items, (given) => {
        const [one, other] = [exposeAll(given), exposeAll([...given].reverse())]
        for (const { server, bareName } of given) expect(other.nameOf(server, bareName)).toBe(one.nameOf(server, bareName))
      }),
    )
  })
  it('keep a tool apart from one that is named as it is shortened', () => {
    const long = { server: 'a', bareName: 'read file' }
    const imitation = { server: 'a', bareName: exposeName('a', 'read file').slice(2) }
    const names = exposeAll([long, imitation])
    expect(names.nameOf('a', imitation.bareName)).toBe(`a_${imitation.bareName}`)
    expect(names.nameOf('a', 'read file')).toMatch(/^a_read_file_[0-9a-f]{8}$/)
  })
  it('keep a + b_c apart from a_b + c', () => {
    const names = exposeAll([
      { server: 'a', bareName: 'b_c' },
      { server: 'a_b', bareName: 'c' },
    ])
    expect(new Set([names.nameOf('a', 'b_c'), names.nameOf('a_b', 'c')]).size).toBe(2)
  })
  it('take a pair that is given twice once', () =>
    expect(
      exposeAll([
        { server: 'a', bareName: 'b' },
        { server: 'a', bareName: 'b' },
      ]).byName.size,
    ).toBe(1))
})
