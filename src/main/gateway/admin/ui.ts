import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Hono } from 'hono'
import { GatewayError } from '../../../shared/errors'
import { problemResponse } from './problem'

const types: Readonly<Partial<Record<string, string>>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
}

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/**
 * The window of the app, for browsers, at `/ui/`: the same files. They need no token, since they hold nothing of this gateway; what the
 * page shows it asks of the admin API, with the credentials that its person gives it. As `/docs`, see decision 0003.
 * @param adminPrefix where the admin API stands, such as `/admin`
 */
export function uiRoutes(adminPrefix: string, folder: string = builtFolder()) {
  const ui = new Hono()
  ui.notFound((c) =>
    problemResponse(new GatewayError('route.not_found', `There is nothing at ${c.req.path.slice(0, 200)}; the window is at /ui/.`)),
  )
  // The page's own URLs are relative to the address with the slash.
  ui.get('/ui', (c) => c.body(null, 308, { ...headers, location: './ui/' }))
  ui.get('/ui/', async (c) => {
    const page = (await read(folder, 'index.html')).toString('utf8')
    const ours = page.replace('content="../admin"', `content="..${adminPrefix}"`)
    return c.body(ours, 200, { ...headers, 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' })
  })
  ui.get('/ui/assets/:name{[A-Za-z0-9_-]+\\.[a-z0-9]+}', async (c) => {
    const name = c.req.param('name')
    const type = types[name.split('.').at(-1) ?? '']
    if (type === undefined) return c.notFound()
    const bytes = await read(join(folder, 'assets'), name)
    // Its name holds a hash of what is in it.
    return c.body(Uint8Array.from(bytes), 200, { ...headers, 'content-type': type, 'cache-control': 'public, max-age=31536000, immutable' })
  })
  ui.onError((thrown) =>
    problemResponse(thrown instanceof GatewayError ? thrown : new GatewayError('route.not_found', 'There is no such file of the window.')),
  )
  return ui
}

async function read(folder: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, name))
  } catch (cause) {
    throw new GatewayError('route.not_found', 'The window was not built with this gateway, or has no such file.', { cause })
  }
}

/** Built: beside the entries' folder. In a source run: in the checkout's `out`, if it was built. */
const builtFolder = () =>
  fileURLToPath(new URL(import.meta.url.includes('/out/main/') ? '../renderer/' : '../../../../out/renderer/', import.meta.url))
