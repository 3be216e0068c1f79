import type { Command } from 'commander'
import type { GatewayStatus } from '../../shared/records'
import { read } from './client'
import { examples, onGateway } from './options'
import { hint, print } from './terminal'
import { count, duration, styled, visible } from './text'

export function defineInfo(command: Command): void {
  onGateway(command, async (gateway, options) => {
    const status = await read(gateway.admin.status.$get())
    print(options, status, () => words(status, gateway.door.adminUrl))
    if (status.approvals_pending > 0) hint(options, 'Decide what waits: fast-gateway approvals watch')
  }).addHelpText('after', examples('info', 'status --json'))
}

const labelColumns = 14

function words(status: GatewayStatus, adminUrl: string): string {
  const line = (label: string, text: string) => `${label.padEnd(labelColumns)}: ${text}`
  return [
    line('Gateway', `${visible(status.name)}, version ${status.version}, up for ${duration(status.uptime_seconds)}`),
    line('MCP endpoint', status.endpoint ?? 'not listening'),
    line('Admin API', adminUrl),
    line('Config', status.config_file ?? 'none'),
    line('Servers', serverWords(status)),
    line('Sessions', `${status.sessions}, ${count(status.calls_in_flight, 'call')} under way`),
    ...(status.paused_since === null
      ? []
      : [styled('yellow', line('Calls', `paused since ${status.paused_since}; see "fast-gateway resume"`))]),
    line('Approvals', status.approvals_pending === 0 ? 'none waiting' : styled('yellow', `${status.approvals_pending} waiting`)),
    line('Vault', status.vault),
    line('Memory', `${Math.round(status.memory_bytes / 1_048_576)} MB`),
    ...(status.safe_mode ? [styled('red', line('SAFE MODE', 'everything is denied until the config is mended'))] : []),
    ...(status.config_error === null ? [] : [styled('red', line('Config error', visible(status.config_error)))]),
  ].join('\n')
}

function serverWords({ servers }: GatewayStatus): string {
  if (servers.length === 0) return 'none; add one with "fast-gateway add"'
  const tools = servers.reduce((sum, { tool_count: tools }) => sum + tools, 0)
  const others = servers
    .filter(({ state }) => state !== 'ready')
    .map(({ name, state }) => `${' '.repeat(labelColumns + 2)}${name} ${state}`)
  return [`${servers.length - others.length} of ${servers.length} ready, ${count(tools, 'tool')}`, ...others].join('\n')
}
