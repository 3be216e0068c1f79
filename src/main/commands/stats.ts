import type { Command } from 'commander'
import type { GatewayStats } from '../../shared/stats'
import { read, type GatewayClient } from './client'
import { examples, onGateway, type GatewayOptions } from './options'
import { timeOf } from './past-time'
import { print } from './terminal'
import { count, since as ago, table } from './text'

interface StatsOptions {
  readonly since?: string
}

export function defineStats(command: Command): void {
  command.option('--since <time>', 'not older: 30m, 12h, 7d, or an ISO time (default: 24h)')
  onGateway<StatsOptions, []>(command, stats).addHelpText('after', examples('stats', 'stats --since 7d --json'))
}

async function stats(gateway: GatewayClient, options: GatewayOptions & StatsOptions): Promise<void> {
  const query = options.since === undefined ? {} : { since: timeOf(options.since) }
  const told = await read(gateway.admin.stats.$get({ query }))
  print(options, told, () => words(told))
}

function words({ calls, p50_ms, p95_ms, gateway_ms, servers, clients }: GatewayStats): string {
  const line = `${count(calls, 'call')}. Servers took ${ms(p50_ms)} (median), ${ms(p95_ms)} (95 %); the gateway ${ms(gateway_ms)}.`
  if (calls === 0) return line
  const byServer = servers.map((row) => [row.server, String(row.calls), String(row.errors), ms(row.p50_ms)])
  const byClient = clients.map((row) => [row.client, String(row.calls), ago(row.last_call_at)])
  return [line, table(['SERVER', 'CALLS', 'FAILED', 'MEDIAN'], byServer), table(['CLIENT', 'CALLS', 'LAST'], byClient)].join('\n\n')
}

const ms = (time: number | null) => (time === null ? '-' : `${time < 10 ? time : Math.round(time)} ms`)
