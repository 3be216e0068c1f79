import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { listedText } from '../../../src/main/gateway/catalog/entries'
import { buildPages, createPageCache, digestOf } from '../../../src/main/gateway/catalog/pages'
import { createLru } from '../../../src/main/gateway/catalog/lru'

interface Page {
  tools: unknown[]
  nextCursor?: string
}

describe('pages', () => {
  it('one after the other are the whole list, each within its limits, whatever the list holds', () => {
    const items = fc.array(fc.record({ name: fc.string({ unit: 'grapheme', maxLength: 30 }) }), { maxLength: 40 })
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 200 }), (list, most, bytes) => {
        const built = buildPages(
          'tools',
          list.map((item) => listedText(JSON.stringify(item))),
          { items: most, bytes },
        )
        const parsed = built.map((page) => JSON.parse(page.toString()) as Page)
        expect(parsed.flatMap((page) => page.tools)).toEqual(list)
        expect(parsed.map((page) => page.nextCursor)).toEqual(
          parsed.map((_, index) => (index + 1 < parsed.length ? String(index + 1) : undefined)),
        )
        for (const page of parsed) {
          expect(page.tools.length).toBeLessThanOrEqual(most)
          const size = page.tools.reduce<number>((sum, item) => sum + Buffer.byteLength(JSON.stringify(item)), 0)
          expect(size <= bytes || page.tools.length === 1).toBe(true)
        }
      }),
    )
  })

  it('of lists that differ in a line or in order have different digests', () => {
    const [a, b] = [listedText('{"a":1}'), listedText('{"b":1}')]
    expect(new Set([[], [a], [b], [a, b], [b, a]].map(digestOf)).size).toBe(5)
    expect(digestOf([a, b])).toBe(digestOf([listedText('{"a":1}'), listedText('{"b":1}')]))
  })

  it('beyond the memory for all of them are forgotten, the longest unused first', () => {
    const cache = createPageCache(10_000)
    const large = (name: string) => [listedText(JSON.stringify({ name, filler: 'x'.repeat(4000) }))]
    const first = cache.pages('tools/list', 'one', large('one'))
    const second = cache.pages('tools/list', 'two', large('two'))
    cache.pages('tools/list', 'one', large('one'))
    cache.pages('tools/list', 'three', large('three'))
    expect(cache.pages('tools/list', 'one', large('one'))).toBe(first)
    expect(cache.pages('tools/list', 'two', large('two'))).not.toBe(second)
  })
})

describe('a map that forgets', () => {
  it('never weighs more than its limit, save for one value that alone does', () => {
    const step = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 1, max: 12 }), fc.constantFrom('set', 'get', 'delete'))
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const kept = createLru<string, number>(10, (weight) => weight)
        for (const [key, weight, what] of steps) {
          if (what === 'set') kept.set(key, weight)
          else kept[what](key)
          const weights = ['a', 'b', 'c', 'd'].flatMap((each) => kept.get(each) ?? [])
          expect(weights.length <= 1 || weights.reduce((sum, each) => sum + each, 0) <= 10).toBe(true)
          if (what === 'set') expect(kept.get(key)).toBe(weight)
        }
      }),
    )
  })

  it('keeps what was used last', () => {
    const kept = createLru<string, number>(2)
    kept.set('a', 1)
    kept.set('b', 1)
    kept.get('a')
    kept.set('c', 1)
    expect(['a', 'b', 'c'].map((key) => kept.get(key))).toEqual([1, undefined, 1])
  })
})
