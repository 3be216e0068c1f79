import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { docsRoutes } from '../../../src/main/gateway/admin/docs'
import { docsJs, indexHtml } from '../../../src/main/gateway/admin/docs-page'

it('serves the page and everything that it names from the package itself', async () => {
  const docs = docsRoutes()
  const named = [...indexHtml.matchAll(/(?:src|href)="(docs\/[^"]+)"/g)].map(([, path = '']) => path)
  expect(named).toEqual(['docs/swagger-ui.css', 'docs/docs.css', 'docs/swagger-ui-bundle.js', 'docs/docs.js'])
  for (const path of ['docs', ...named]) {
    const response = await docs.request(`/${path}`)
    expect([path, response.status]).toEqual([path, 200])
    expect((await response.text()).length).toBeGreaterThan(100)
  }
})

it('allows nothing inline, nothing from elsewhere and no frame', async () => {
  const response = await docsRoutes().request('/docs')
  const policy = response.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toMatch(/unsafe|\*|https?:/)
  expect(indexHtml).not.toMatch(/<style|style=|<script>|\son\w+=|https?:\/\//)
  expect(response.headers.get('referrer-policy')).toBe('no-referrer')
})

it('serves no other file', async () => {
  for (const path of ['/docs/package.json', '/docs/../package.json', '/docs/%2e%2e/package.json', '/docs/index.html']) {
    expect((await docsRoutes().request(path)).status).toBe(404)
  }
})

/** Just enough of a browser for the page's script: `opens` is the address after `/docs`. */
function openPage(opens: string, options: { kept?: string; status?: number } = {}) {
  const kept = new Map(options.kept === undefined ? [] : [['fast-gateway-admin-token', options.kept]])
  const elements: Record<
    string,
    { hidden: boolean; textContent: string; value: string; listeners: Record<string, (event: unknown) => void> }
  > = {}
  const element = (id: string) => {
    const made = { hidden: true, textContent: '', value: '', listeners: {} as Record<string, (event: unknown) => void> }
    return (elements[id] ??= Object.assign(made, {
      focus: () => undefined,
      addEventListener: (name: string, listener: (event: unknown) => void) => (made.listeners[name] = listener),
    }))
  }
  const asked: { url: string; authorization: string | undefined }[] = []
  const shown: Record<string, unknown>[] = []
  const authorized: unknown[] = []
  const replaced: string[] = []
  const page = {
    URL,
    URLSearchParams,
    location: { hash: opens, pathname: '/docs', search: '' },
    history: { replaceState: (_state: unknown, _title: string, url: string) => replaced.push(url) },
    sessionStorage: {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
      removeItem: (key: string) => kept.delete(key),
    },
    document: { getElementById: element, baseURI: 'http://127.0.0.1:7411/docs' },
    fetch: async (url: string, init: { headers: { authorization?: string } }) => {
      asked.push({ url, authorization: init.headers.authorization })
      const status = options.status ?? 200
      return { ok: status === 200, status, json: async () => ({ servers: [{ url: './admin' }] }) }
    },
    SwaggerUIBundle: (settings: Record<string, unknown> & { onComplete(): void }) => {
      shown.push(settings)
      queueMicrotask(() => settings.onComplete())
      return { preauthorizeApiKey: (...words: unknown[]) => authorized.push(words) }
    },
  }
  runInNewContext(docsJs, page)
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  return {
    settled,
    asked,
    shown,
    authorized,
    replaced,
    kept,
    form: () => element('ask'),
    why: () => element('why').textContent,
    field: () => element('token'),
  }
}

it('takes the token out of the address, keeps it in the tab and shows the reference with it', async () => {
  const page = openPage('#token=s3cret')
  await page.settled()
  expect(page.replaced).toEqual(['/docs'])
  expect([...page.kept.values()]).toEqual(['s3cret'])
  expect(page.asked).toEqual([{ url: 'openapi.json', authorization: 'Bearer s3cret' }])
  expect(page.shown).toMatchObject([{ spec: { servers: [{ url: 'http://127.0.0.1:7411/admin' }] }, validatorUrl: null }])
  expect(page.authorized).toEqual([['admin', 's3cret']])
  expect(page.form().hidden).toBe(true)
})

it('asks for the token when it has none, and goes on when it is given', async () => {
  const page = openPage('')
  await page.settled()
  expect(page.asked).toEqual([])
  expect(page.form().hidden).toBe(false)
  page.field().value = ' typed '
  page.form().listeners.submit?.({ preventDefault: () => undefined })
  await page.settled()
  expect(page.asked).toEqual([{ url: 'openapi.json', authorization: 'Bearer typed' }])
  expect(page.field().value).toBe('')
  expect(page.form().hidden).toBe(true)
})

it('forgets a token that the gateway does not take, and says so', async () => {
  const page = openPage('', { kept: 'old', status: 401 })
  await page.settled()
  expect(page.kept.size).toBe(0)
  expect(page.why()).toContain('does not take this token')
  expect(page.form().hidden).toBe(false)
  expect(page.shown).toEqual([])
})
