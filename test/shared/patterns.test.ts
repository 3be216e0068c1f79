import fc from 'fast-check'
import picomatch from 'picomatch'
import { describe, expect, it } from 'vitest'
import { compileKindPattern, compilePattern, fold, patternProblem } from '../../src/shared/patterns'

/** The language in its plainest form: exponential, and too short to be wrong. */
function plainMatch(pattern: string, name: string): boolean {
  const list = /^([^{]*)\{([^}]*)\}(.*)$/s.exec(pattern)
  if (list) return (list[2] ?? '').split(',').some((choice) => plainMatch(`${list[1]}${choice}${list[3]}`, name))
  if (pattern === '') return name === ''
  if (pattern.startsWith('*')) return plainMatch(pattern.slice(1), name) || (name !== '' && plainMatch(pattern, name.slice(1)))
  return name !== '' && ['?', name[0]].includes(pattern[0]) && plainMatch(pattern.slice(1), name.slice(1))
}

const text = (signs: string, maxLength: number) => fc.string({ unit: fc.constantFrom(...signs), maxLength })
const patterns = fc
  .oneof(
    text('ab*?./', 12),
    fc
      .tuple(text('ab*?', 4), fc.array(text('ab*?', 3), { minLength: 2, maxLength: 3 }), text('ab*?', 4))
      .map(([a, list, b]) => `${a}{${list.join(',')}}${b}`),
  )
  .filter((pattern) => patternProblem(pattern) === null)

describe('a pattern', () => {
  it('matches what the plain reference matcher matches', () => {
    fc.assert(
      fc.property(
        patterns,
        text('ab./', 10),
        (pattern, name) => void expect(compilePattern(pattern)(name)).toBe(plainMatch(pattern, name)),
      ),
      { numRuns: 3000 },
    )
  })
  it('of letters, stars and a list matches what picomatch matches', () => {
    const simple = patterns.filter((pattern) => !/[?./]/.test(pattern))
    const options = { bash: true, dot: true, nobracket: true, noextglob: true, nonegate: true }
    const names = text('ab', 10).filter((name) => name !== '')
    fc.assert(
      fc.property(simple, names, (pattern, name) => void expect(compilePattern(pattern)(name)).toBe(picomatch(pattern, options)(name))),
    )
  })
  it('that sends an expression with nested repetition astray takes no time here', () => {
    const start = performance.now()
    expect(compilePattern('(a+)+b')('a'.repeat(177))).toBe(false)
    expect(performance.now() - start).toBeLessThan(50)
  })
  it('that is a name matches that name, whatever signs are in it', () => {
    const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((name) => !/[*?{}]/.test(name))
    fc.assert(fc.property(names, (name) => void expect(compilePattern(name)(name)).toBe(true)))
  })
  it.each(['.hidden', 'a/b', 'a.b.c', './x', 'two\nlines', ''])('of one star matches %j', (name) =>
    expect(compilePattern('*')(name)).toBe(true),
  )
  it('takes a brace list as a choice', () =>
    expect(['create_x', 'push_x', 'read_x'].map(compilePattern('{create,push}_*'))).toEqual([true, true, false]))
  it.each([
    ['+(a)', 'aa'],
    ['!a', 'b'],
    ['[ab]', 'a'],
    ['a|b', 'a'],
    ['a.c', 'abc'],
    ['\\a', 'a'],
    ['"a"', 'a'],
  ])('takes the signs of %s as plain text, so that it does not match %s', (pattern, name) => {
    expect(compilePattern(pattern)(name)).toBe(false)
    expect(compilePattern(pattern)(pattern)).toBe(true)
  })
  it.each(['', '*a*a*a*b', '?????????', `${'a'.repeat(257)}`, '{a,aa}{a,aa}b', '{a', 'a}', '{a}', '{a,{b,c}}'])(
    'is refused as %j',
    (pattern) => expect(() => compilePattern(pattern)).toThrow(expect.objectContaining({ code: 'input.invalid' })),
  )
  it.each(['**a***b*', 'a'.repeat(256), '{a,b}*c*d*', '????????'])('is accepted as %j', (pattern) =>
    expect(patternProblem(pattern)).toBeNull(),
  )
})

describe('a prefix of a kind', () => {
  it('narrows a pattern', () => expect(compileKindPattern('prompt:x*', false)).toMatchObject({ kind: 'prompt' }))
  it('is not seen in a URI whose scheme has the same name', () => {
    const pattern = compileKindPattern('resource://notes/*', false)
    expect(pattern.kind).toBeNull()
    expect(pattern.matches('resource://notes/1')).toBe(true)
  })
  it('needs a pattern after it', () => expect(() => compileKindPattern('tool:', false)).toThrow('1 to 256'))
})

describe('folding', () => {
  it.each(['ＤＥＬＥＴＥ', 'delete', 'de\u200blete', 'D\u00adelete', 'DELETE\ufe0f'])('sees %j as delete', (name) =>
    expect(fold(name)).toBe('delete'),
  )
  it('changes nothing that is folded already', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (name) => void expect(fold(fold(name))).toBe(fold(name))))
  })
})
