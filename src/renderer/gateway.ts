import type { Bridge } from '../shared/bridge'
import { GatewayStatus } from '../shared/records'

declare global {
  interface Window {
    readonly gateway: Bridge
  }
}

/** What the gateway says of itself now. @throws Error when it does not answer as it should */
export async function readStatus(): Promise<GatewayStatus> {
  const reply = await window.gateway.request({ method: 'GET', path: '/status' })
  if (reply.status !== 200) throw new Error(`The gateway answered ${reply.status}.`)
  return GatewayStatus.parse(JSON.parse(reply.body))
}
