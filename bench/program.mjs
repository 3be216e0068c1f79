// What the small HTTP programs of the benchmark have in common.
import { createServer } from 'node:http'

/** @param {import('node:http').IncomingMessage} request @returns {Promise<string>} */
export function readBody(request) {
  return new Promise((resolve, reject) => {
    /** @type {Buffer[]} */
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => resolve((chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)).toString()))
    request.on('error', reject)
  })
}

/** @param {import('node:http').ServerResponse} response @param {string} text @param {Record<string, string>} [headers] */
export function sendJson(response, text, headers = {}) {
  const body = Buffer.from(text)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length, ...headers }).end(body)
}

/**
 * Each listener on a free port of its own; then one line `ready PORT,PORT,…`, which whoever started this program waits for.
 * Nothing that a request does ends the program: the one who asked hears of it.
 * @param {readonly import('node:http').RequestListener[]} listeners
 */
export async function listenAll(listeners) {
  const ports = await Promise.all(listeners.map(listen))
  console.log(`ready ${ports.join(',')}`)
}

/** @param {import('node:http').RequestListener} listener @returns {Promise<number>} */
function listen(listener) {
  const server = createServer((request, response) => {
    Promise.resolve(listener(request, response)).catch((error) => {
      console.error(error)
      if (response.headersSent) response.destroy()
      else response.writeHead(500).end()
    })
  })
  server.keepAliveTimeout = 60_000
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(/** @type {import('node:net').AddressInfo} */ (server.address()).port))
  })
}
