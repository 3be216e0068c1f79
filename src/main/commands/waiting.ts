import { setTimeout as delay } from 'node:timers/promises'
import type { ServerView } from '../../shared/records'
import { read, type GatewayClient } from './client'
import { withProgress } from './terminal'

/** How long a server is waited for, and how often it is looked at. */
const patienceMs = 60_000
const lookMs = 150

/** The server once it is connected, has failed, or waits for a person; as it is after a minute at the latest. */
export const settled = (gateway: GatewayClient, server: ServerView): Promise<ServerView> =>
  withProgress(`Connecting to ${server.name}`, async () => {
    const end = Date.now() + patienceMs
    let seen = server
    while (seen.state === 'connecting' && Date.now() < end) {
      await delay(lookMs)
      seen = await read(gateway.admin.servers[':id'].$get({ param: { id: server.id } }))
    }
    return seen
  })
