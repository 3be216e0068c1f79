import { describe, expect, it } from 'vitest'
import { parseChallenge, scopesIn } from '../../src/main/plugins/oauth/challenge'

const metadata = 'https://mcp.example.com/.well-known/oauth-protected-resource'
const nothing = { resourceMetadata: undefined, scopes: [], error: undefined }

describe('a challenge', () => {
  it.each([
    [`Bearer resource_metadata="${metadata}"`, { ...nothing, resourceMetadata: metadata }],
    [`bearer realm="x, y=z", scope="a b", error=invalid_token`, { ...nothing, scopes: ['a', 'b'], error: 'invalid_token' }],
    [`Basic realm="old", Bearer scope="a"`, { ...nothing, scopes: ['a'] }],
    [`Bearer scope="first", scope="second"`, { ...nothing, scopes: ['first'] }],
    [`Bearer error_description="say \\"hello\\", scope=\\"evil\\"", scope="good"`, { ...nothing, scopes: ['good'] }],
    [`Bearer SCOPE = "a"`, { ...nothing, scopes: ['a'] }],
    ['Bearer', nothing],
    ['Basic scope="a"', nothing],
    ['', nothing],
    [undefined, nothing],
  ])('%s', (header, parsed) => {
    expect(parseChallenge(header)).toEqual(parsed)
  })

  it.each([
    `Bearer ${'a'.repeat(60_000)}`,
    `Bearer ${'a="'.repeat(20_000)}`,
    `Bearer a="${'\\'.repeat(60_000)}`,
    `Bearer ${'a '.repeat(30_000)}`,
  ])('is read once, however long', (header) => {
    const begun = process.cpuUsage()
    parseChallenge(header)
    expect(process.cpuUsage(begun).user).toBeLessThan(100_000)
  })

  it('has scopes of the characters that scopes have, and no others', () => {
    expect(scopesIn('mcp:read https://x/y  a"b c\\d é \u0000 e')).toEqual(['mcp:read', 'https://x/y', 'e'])
  })
})
