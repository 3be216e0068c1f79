import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { isOurHost } from './pages'

/** Nothing but the app's own files, and no way out: the gateway is reached over the bridge alone. */
const contentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

const headers = {
  'content-security-policy': contentPolicy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/**
 * Answers a request of the app's own scheme from the folder of the built renderer, and from nowhere else. Only plain names of known
 * types are looked for: whatever could climb out (`..`, `%2f`, `\`, NUL) is no such name.
 */
export async function answerPage(folder: string, { url, method }: Pick<Request, 'url' | 'method'>): Promise<Response> {
  if (method !== 'GET') return refusal(405)
  const asked = new URL(url)
  const type = types[extname(asked.pathname)]
  if (!isOurHost(asked) || type === undefined || !/^(?:\/[\w-][\w.-]*)+$/.test(asked.pathname)) return refusal(404)
  try {
    const content = await readFile(join(folder, ...asked.pathname.split('/')))
    return new Response(Uint8Array.from(content), { headers: { ...headers, 'content-type': type } })
  } catch {
    return refusal(404)
  }
}

const refusal = (status: number) => new Response(null, { status, headers })
