import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import express from 'express'
import { Hono } from 'hono'

type Listener = (req: IncomingMessage, res: ServerResponse) => void

/** Somebody else's program with a page of its own at `/` and the gateway mounted in it. */
export interface Host {
  /** Where the gateway's paths begin, such as `http://127.0.0.1:49152/gateway`. */
  readonly base: string
  readonly origin: string
  close(): Promise<void>
}

const ownPage = 'a page of the program’s own'

async function hostOn(server: Server, mount: string): Promise<Host> {
  if (!server.listening) await new Promise<void>((resolve) => server.once('listening', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    base: origin + mount,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Express 5 below a path of its own, which it takes off `req.url`; with or without a parser that reads bodies first. */
export function onExpress(handler: Listener, { parser = false, mount = '/gateway' } = {}): Promise<Host> {
  const app = express()
  if (parser) app.use(express.json())
  app.use(mount, handler)
  app.get('/', (_req, res) => void res.end(ownPage))
  const server = app.listen(0, '127.0.0.1', () => undefined)
  return hostOn(server, mount)
}

/** Hono on Node, which lets the gateway answer on the raw response. */
export function onHono(handler: Listener): Promise<Host> {
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.get('/', (c) => c.text(ownPage))
  app.all('*', ({ env }) => {
    handler(env.incoming, env.outgoing)
    return RESPONSE_ALREADY_SENT
  })
  return hostOn(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server, '')
}

/**
 * A double of Fastify's route handlers: the body is parsed before the handler runs, and `reply.hijack()` gives up the raw response.
 * Where nobody hijacks, the reply is sent by the framework.
 */
export function onFastifyDouble(handler: Listener): Promise<Host> {
  const route = (request: { raw: IncomingMessage; body: unknown }, reply: { raw: ServerResponse; hijack(): void }) => {
    reply.hijack()
    handler(Object.assign(request.raw, { body: request.body }), reply.raw)
  }
  const server = createServer((raw, res) => {
    if (raw.url === '/') return void res.end(ownPage)
    const chunks: Buffer[] = []
    raw.on('data', (chunk: Buffer) => chunks.push(chunk))
    raw.on('end', () => {
      let hijacked = false
      const text = Buffer.concat(chunks).toString()
      route({ raw, body: text === '' ? undefined : JSON.parse(text) }, { raw: res, hijack: () => void (hijacked = true) })
      if (!hijacked) res.end()
    })
  })
  server.listen(0, '127.0.0.1')
  return hostOn(server, '')
}

/** Plain node:http. */
export function onNode(handler: Listener): Promise<Host> {
  const server = createServer((req, res) => (req.url === '/' ? void res.end(ownPage) : handler(req, res)))
  server.listen(0, '127.0.0.1')
  return hostOn(server, '')
}
