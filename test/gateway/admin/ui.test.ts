import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { uiRoutes } from '../../../src/main/gateway/admin/ui'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fast-gateway-ui-'))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), '<meta name="admin-path" content="../admin" /><div id="root"></div>')
  await writeFile(join(folder, 'assets', 'index-Abc_1.js'), 'export {}')
  await writeFile(join(folder, 'assets', 'index-Abc_1.js.map'), '{}')
  await writeFile(join(folder, 'secret.txt'), 'not for anybody')
})
afterEach(() => rm(folder, { recursive: true }))

const get = (path: string, prefix = '/admin') => uiRoutes(prefix, folder).request(path)

describe('the window for browsers', () => {
  it('serves its page, and leads the address without a slash there', async () => {
    const page = await get('/ui/')
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await page.text()).toContain('<div id="root">')
    const bare = await get('/ui')
    expect([bare.status, bare.headers.get('location')]).toEqual([308, './ui/'])
  })

  it('tells its page where the admin API stands', async () => {
    expect(await (await get('/ui/', '/gateway/admin')).text()).toContain('content="../gateway/admin"')
  })

  it('allows its page no script but its own files, no frame around it and no other place to send to', async () => {
    const policy = (await get('/ui/')).headers.get('content-security-policy') ?? ''
    const directives = policy.split(';').map((directive) => directive.trim())
    expect(directives).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"]),
    )
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    expect(directives).toContain("require-trusted-types-for 'script'")
  })

  it('serves files of its own, which never change under their name', async () => {
    const script = await get('/ui/assets/index-Abc_1.js')
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(script.headers.get('cache-control')).toContain('immutable')
    expect(script.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it.each([
    ['/ui/assets/index-Abc_1.js.map', 'a map of the source'],
    ['/ui/assets/none.js', 'what is not there'],
    ['/ui/assets/..%2fsecret.txt', 'a file above'],
    ['/ui/assets/%2e%2e/secret.txt', 'a file above, written otherwise'],
    ['/ui/secret.txt', 'a file beside the page'],
    ['/ui/index.html', 'the page by its file name'],
  ])('answers %s with 404: %s', async (path) => {
    const answer = await get(path)
    expect(answer.status).toBe(404)
    expect(await answer.text()).not.toContain('not for anybody')
  })

  it('says that it was not built where it was not', async () => {
    await rm(join(folder, 'index.html'))
    const answer = await get('/ui/')
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ code: 'route.not_found', detail: expect.stringContaining('not built') as string })
  })
})
