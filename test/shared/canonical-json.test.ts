import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../src/shared/canonical-json'
import { parseJson } from '../../src/main/gateway/mcp/message'

describe('canonical JSON', () => {
  it('is the same text for the same value in whatever order it was written', () => {
    expect(canonicalJson(JSON.parse('{"b":{"y":1,"x":[2,{"d":1,"c":2}]},"a":null}'))).toBe('{"a":null,"b":{"x":[2,{"c":2,"d":1}],"y":1}}')
  })

  it('says the same value as before', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => void expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))),
    )
  })

  it('takes a key named __proto__ for a key', () => {
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1},"b":1}')
  })

  it('tells a number of many digits from an object that looks like its wrapping', () => {
    const number = '{"n":12345678901234567890}'
    expect(canonicalJson(parseJson(number))).toBe(number)
    expect(canonicalJson(parseJson('{"n":{"rawJSON":"12345678901234567890"}}'))).not.toBe(number)
  })
})
