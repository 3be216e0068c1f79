import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileUriTemplate, longestTemplate, longestUri, mostExpressions } from '../../../src/main/gateway/catalog/uri-template'

describe('a URI template', () => {
  it.each([
    ['test://template/{id}/data', 'test://template/123/data'],
    ['file:///{path*}', 'file:///home/me/notes.txt'],
    ['file:///{+path}', 'file:///home/me/notes.txt'],
    ['{+any}b{c}', 'x/b/ybz'],
    ['repo://{owner}/{repo}/contents{/path*}', 'repo://o/r/contents/src/a.ts'],
    ['repo://{owner}/{repo}/contents{/path*}', 'repo://o/r/contents'],
    ['db://rows{?table,limit}', 'db://rows?table=a&limit=3'],
    ['db://rows{?table,limit}', 'db://rows'],
    ['db://rows?fixed=1{&more}', 'db://rows?fixed=1&more=2'],
    ['img://{name}{.ext}', 'img://cat.png'],
    ['doc://{name}{#part}', 'doc://a#b'],
    ['note://été/{title}', 'note://été/%C3%A9'],
    ['{a}{b}', 'xy'],
    ['plain://same', 'plain://same'],
  ])('%s takes %s', (template, uri) => expect(compileUriTemplate(template)(uri)).toBe(true))

  it.each([
    ['test://template/{id}/data', 'test://template/1/2/data'],
    ['test://template/{id}/data', 'test://template//data'],
    ['test://template/{id}/data', 'test://template/1/data/more'],
    ['test://template/{id}', 'evil://test://template/1'],
    ['file:///{name}', 'file:///a/b'],
    ['db://rows{?table}', 'db://rowsX'],
    ['plain://same', 'plain://other'],
    ['open://{id', 'open://1'],
    ['open://{}', 'open://1'],
    ['open://{a{b}}', 'open://1'],
    ['open://id}', 'open://id}'],
    ['', 'x://1'],
  ])('%s leaves %s to others', (template, uri) => expect(compileUriTemplate(template)(uri)).toBe(false))

  it('takes what its own expansion gives', () => {
    const value = fc.stringMatching(/^[A-Za-z0-9%._~-]{1,12}$/)
    fc.assert(fc.property(value, value, (a, b) => compileUriTemplate('s://{a}/x/{b}')(`s://${a}/x/${b}`)))
  })

  it('answers as a regular expression would, and only faster', () => {
    const part = fc.constantFrom('{x}', '{+x}', 'a', 'b/', '/')
    const reference = (template: string) => new RegExp(`^${template.replaceAll('{x}', '[^/?#]+').replaceAll('{+x}', '.+')}$`)
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), fc.stringMatching(/^[ab/]{0,8}$/), (parts, uri) => {
        const template = parts.join('')
        expect(compileUriTemplate(template)(uri)).toBe(reference(template).test(uri))
      }),
      { numRuns: 1000 },
    )
  })

  it('that is built to be slow is not', () => {
    const hostile = compileUriTemplate('{+a}'.repeat(mostExpressions) + '!')
    const almost = compileUriTemplate(`{+a}${'a'.repeat(longestTemplate - 10)}!`)
    const begun = performance.now()
    expect(hostile('a'.repeat(longestUri))).toBe(false)
    expect(almost('a'.repeat(longestUri))).toBe(false)
    expect(performance.now() - begun).toBeLessThan(500)
  })

  it('beyond its limits matches nothing', () => {
    expect(compileUriTemplate(`{+a}${'a'.repeat(longestTemplate)}`)(`x${'a'.repeat(longestTemplate)}`)).toBe(false)
    expect(compileUriTemplate('{+a}'.repeat(mostExpressions + 1))('a'.repeat(100))).toBe(false)
    expect(compileUriTemplate('{+a}')('a'.repeat(longestUri + 1))).toBe(false)
    expect(compileUriTemplate('{+a}')('a'.repeat(longestUri))).toBe(true)
  })
})
