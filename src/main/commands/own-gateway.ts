import type { Daemon } from '../daemon'
import { silentLog } from '../gateway/log'
import { openGateway, type GatewayClient } from './client'
import { namedUrl } from './door'
import { Failure } from './failure'
import type { GatewayOptions } from './options'

/**
 * Does the work at the gateway that runs; where the one of this machine does not, at one that is opened for it and connects to no server
 * but those that the work is about.
 */
export async function withAnyGateway(gateway: GatewayClient, options: GatewayOptions, work: (gateway: GatewayClient) => Promise<void>) {
  const { local } = gateway.door
  try {
    await gateway.admin.status.$get()
  } catch (thrown) {
    const isDown = thrown instanceof Failure && thrown.code === 'gateway.unreachable'
    if (!isDown || local?.error !== null || namedUrl(options) !== undefined) throw thrown
    return withOwnGateway(local.file, options, work)
  }
  await work(gateway)
}

async function withOwnGateway(configFile: string, options: GatewayOptions, work: (gateway: GatewayClient) => Promise<void>) {
  const { openDaemon } = await import('../daemon')
  const daemon = await openDaemon({ configFile, env: process.env, log: silentLog, connect: false })
  try {
    await work(await openGateway({ ...options, gatewayUrl: baseOf(daemon), adminToken: daemon.admin.token }))
  } finally {
    await daemon.gateway.close({ drainMs: 1_000 })
  }
}

const baseOf = ({ listening }: Daemon) => new URL(listening.adminUrl).origin
