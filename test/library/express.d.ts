/** What the tests use of Express, which brings no types of its own. */
declare module 'express' {
  import type { IncomingMessage, Server, ServerResponse } from 'node:http'
  type Handler = (req: IncomingMessage & { body?: unknown }, res: ServerResponse, next: () => void) => void
  interface App {
    use(handler: Handler): void
    use(path: string, handler: Handler): void
    get(path: string, handler: Handler): void
    listen(port: number, host: string, listening: () => void): Server
  }
  const express: { (): App; json(): Handler }
  export { express as default }
}
