import { readdirSync, readFileSync } from 'node:fs'
import { DCLinter } from 'dclint'
import { validate } from 'dockerfile-utils'
import { describe, expect, it } from 'vitest'

const dockerfile = readFileSync('Dockerfile', 'utf8')
const compose = readFileSync('compose.yaml', 'utf8')
/** The last stage is the image; what stands before it only builds. */
const image = dockerfile.slice(dockerfile.lastIndexOf('FROM '))

describe('the Dockerfile', () => {
  it('is valid', () => expect(validate(dockerfile)).toEqual([]))
  it('runs as a user who is not root', () => expect(image).toMatch(/^USER node$/m))
  it('keeps its data in a volume and asks for its health', () => {
    expect(image).toMatch(/^VOLUME \/data$/m)
    expect(image).toContain('/health')
  })
  it('holds no token', () => expect(dockerfile).not.toMatch(/TOKEN/))
})

describe('compose.yaml', () => {
  it('has nothing that its linter objects to', () => {
    const [result] = new DCLinter({ rules: {}, quiet: false, debug: false, exclude: [] }).lintFiles(['compose.yaml'], false)
    expect(result?.messages).toEqual([])
  })
  it('is published on loopback only', () => expect(compose.match(/^ +- '?[\d.:]+'?$/gm)).toEqual(["      - '127.0.0.1:7411:7411'"]))
  it('sets only variables that the gateway reads', () => {
    const source = readdirSync('src/main', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(`src/main/${file}`, 'utf8'))
      .join('\n')
    const names = [...compose.matchAll(/^\s+(FAST_GATEWAY_\w+):/gm)].map(([, name]) => name ?? '')
    expect(names.length).toBeGreaterThan(0)
    expect(names.filter((name) => !source.includes(name))).toEqual([])
  })
})
