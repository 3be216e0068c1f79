import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerPage } from '../../src/main/desktop/page-files'
import { isPageUrl, pageUrl } from '../../src/main/desktop/pages'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fast-gateway-pages-'))
  await writeFile(join(folder, 'index.html'), '<p>the window</p>')
  await writeFile(join(folder, 'secret.json'), '{}')
})
afterAll(() => rm(folder, { recursive: true }))

const get = (url: string, method = 'GET') => answerPage(folder, { url, method })

describe("the app's own scheme", () => {
  it('answers with a file of its pages, locked', async () => {
    const answer = await get('app://fast-gateway/index.html')
    expect(await answer.text()).toBe('<p>the window</p>')
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it.each([
    ['a file that is not there', 'app://fast-gateway/other.html'],
    ['a type that pages do not have', 'app://fast-gateway/secret.json'],
    ['a way up', 'app://fast-gateway/../index.html/../../etc/x.html'],
    ['a way up in disguise', 'app://fast-gateway/%2e%2e%2findex.html'],
    ['a backslash', 'app://fast-gateway/..%5cindex.html'],
    ['a hidden file', 'app://fast-gateway/.index.html'],
    ['a file with a NUL', 'app://fast-gateway/index.html%00.js'],
    ['the folder', 'app://fast-gateway/'],
    ['another host', 'app://evil/index.html'],
    ['another host with ours as its user', 'app://fast-gateway@evil/index.html'],
  ])('has no answer for %s, and locks that too', async (_what, url) => {
    const answer = await get(url)
    expect(answer.status).toBe(404)
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  it('is only read', async () => expect((await get('app://fast-gateway/index.html', 'POST')).status).toBe(405))
})

describe('an address', () => {
  it('is that of a page, wherever in it', () => {
    expect(pageUrl('index', undefined, '/settings')).toBe('app://fast-gateway/index.html#/settings')
    expect(isPageUrl('app://fast-gateway/index.html#/settings', undefined)).toBe(true)
    expect(isPageUrl('http://localhost:5173/approval.html#1', 'http://localhost:5173/')).toBe(true)
  })

  it.each([
    'app://evil/index.html',
    'app://fast-gateway/index.html?x',
    'app://fast-gateway/other.html',
    'https://example.com/index.html',
    'about:blank',
    '',
  ])('is not ours: %s', (url) => expect(isPageUrl(url, undefined)).toBe(false))
})
