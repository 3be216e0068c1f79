import type { IncomingMessage, ServerResponse } from 'node:http'

/** Where authorization servers send the browser back to after a login. */
export const callbackPath = '/oauth/callback'

/** Characters of the longest query that is read. */
const longestQuery = 16_384

/** Two pages, and nothing of the request on either. */
const page = (title: string, text: string) =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title><meta name="viewport" content="width=device-width"><style>body{font:16px/1.5 system-ui,sans-serif;margin:20vh auto;max-width:32rem;padding:0 1.5rem;text-align:center;color-scheme:light dark}</style></head><body><h1>${title}</h1><p>${text}</p></body></html>\n`
const donePage = page('Logged in', 'You can close this page and go back to Fast Gateway.')
const failedPage = page(
  'Not logged in',
  'This login was not expected, was used already, or was refused. Fast Gateway says why; start it there again.',
)

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** Takes a browser back from a login. It needs no token: what it must bring, only this login knows. */
export async function answerCallback(
  req: IncomingMessage,
  res: ServerResponse,
  take: (query: URLSearchParams) => Promise<boolean>,
): Promise<void> {
  if (req.method !== 'GET') return void res.writeHead(405, { allow: 'GET', connection: 'close' }).end()
  const { url = '/' } = req
  const query = url.slice(url.indexOf('?') + 1)
  const isDone = url.includes('?') && query.length <= longestQuery && (await take(new URLSearchParams(query)))
  const text = isDone ? donePage : failedPage
  res.writeHead(isDone ? 200 : 400, { ...headers, 'content-length': Buffer.byteLength(text) }).end(text)
}
