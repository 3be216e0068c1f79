import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GatewayError } from '../../../shared/errors'
import { answerCallback, callbackPath } from '../../gateway/callback-page'

/** A door of its own for one login. */
export interface CallbackListener {
  readonly redirectUri: string
  close(): void
}

/** Listens on this machine only, for nothing but the way back. @param port 0 takes a free one. @throws GatewayError `listen.port_taken` */
export async function openCallbackListener(port: number, take: (query: URLSearchParams) => Promise<boolean>): Promise<CallbackListener> {
  const server = createServer((req, res) => {
    const { url = '/' } = req
    const isOurs = req.headers.host === `127.0.0.1:${portOf()}` && url.split('?', 1)[0] === callbackPath
    if (!isOurs) return void res.writeHead(404, { connection: 'close' }).end()
    void answerCallback(req, res, take)
  })
  const portOf = () => (server.address() as AddressInfo | null)?.port
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(taken(port, cause)))
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    redirectUri: `http://127.0.0.1:${portOf()}${callbackPath}`,
    close() {
      server.close()
      // The page that is being answered is let through.
      server.closeIdleConnections()
    },
  }
}

const taken = (port: number, cause: unknown) =>
  new GatewayError(
    'listen.port_taken',
    `Port ${port} on 127.0.0.1, to which logins come back, is in use; end the program that has it, or change oauth_callback_port in the config.`,
    { cause },
  )
