import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Hono } from 'hono'
import { GatewayError } from '../../../shared/errors'
import { docsCss, docsJs, indexHtml } from './docs-page'
import { problemResponse } from './problem'

const own = {
  'docs.css': { type: 'text/css; charset=utf-8', text: docsCss },
  'docs.js': { type: 'text/javascript; charset=utf-8', text: docsJs },
} as const

const swagger = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
} as const

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
}

/**
 * The reference page at `/docs`, from the package itself. It needs no token, since it holds nothing of this gateway;
 * `/openapi.json`, which it loads, wants the admin token. See docs/decisions/0003-docs-shell-without-token.md.
 */
export function docsRoutes(folder: string = swaggerFolder()) {
  const docs = new Hono()
  docs.notFound((c) =>
    problemResponse(new GatewayError('route.not_found', `There is nothing at ${c.req.path.slice(0, 200)}; the reference is at /docs.`)),
  )
  docs.get('/docs', (c) => c.body(indexHtml, 200, { ...headers, 'content-type': 'text/html; charset=utf-8' }))
  // The page's URLs are relative to the address without the slash.
  docs.get('/docs/', (c) => c.body(null, 308, { ...headers, location: '../docs' }))
  for (const [name, { type, text }] of Object.entries(own))
    docs.get(`/docs/${name}`, (c) => c.body(text, 200, { ...headers, 'content-type': type }))
  for (const [name, type] of Object.entries(swagger)) {
    docs.get(`/docs/${name}`, async (c) =>
      c.body(Uint8Array.from(await readFile(join(folder, name))), 200, { ...headers, 'content-type': type }),
    )
  }
  return docs
}

/** Built: beside the entries' folder, where the build copies the two files. In a source run: the package itself. */
function swaggerFolder(): string {
  const built = fileURLToPath(new URL('../docs/', import.meta.url))
  if (existsSync(join(built, 'swagger-ui-bundle.js'))) return built
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
}
