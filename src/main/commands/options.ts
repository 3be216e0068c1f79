import { InvalidArgumentError, type Command } from 'commander'
import type { GatewayClient } from './client'
import type { OutputOptions } from './terminal'

/** Where the gateway is and how to get in. */
export interface GatewayFlags {
  readonly config?: string
  readonly gatewayUrl?: string
  readonly adminToken?: string
  readonly adminPrefix?: string
}
/** What every command that speaks to the gateway takes. */
export type GatewayOptions = GatewayFlags & OutputOptions

export const withJson = (command: Command): Command => command.option('--json', 'machine-readable output, nothing else on standard output')

export const withConfig = (command: Command): Command =>
  command.option('-c, --config <file>', 'config file ($FAST_GATEWAY_CONFIG, ./gateway.json, ~/.fast-gateway/gateway.json)')

/** `--json`, `--config` and the ways to name another gateway. */
export const withGateway = (command: Command): Command =>
  withConfig(withJson(command))
    .option('--gateway-url <url>', 'gateway to speak to ($FAST_GATEWAY_URL; default: from the config)')
    .option('--admin-token <token>', 'its admin token ($FAST_GATEWAY_ADMIN_TOKEN; default: the file beside the config)')
    .option('--admin-prefix <path>', 'path of its admin API (default: from the config)')

/** What a command does once the gateway is known: nothing is connected before the first request. */
export type Handler<Options, Args extends readonly unknown[]> = (
  gateway: GatewayClient,
  options: GatewayOptions & Options,
  ...args: Args
) => Promise<void>

/** Makes a command of a handler that speaks to the gateway; `Args` are the command's arguments in their order. */
export function onGateway<Options extends object, Args extends readonly unknown[]>(
  command: Command,
  handle: Handler<Options, Args>,
): Command {
  return withGateway(command).action(async (...given: unknown[]) => {
    const self = given.at(-1) as Command
    const options = self.optsWithGlobals<GatewayOptions & Options>()
    const { openGateway } = await import('./client')
    await handle(await openGateway(options), options, ...(given.slice(0, -2) as unknown as Args))
  })
}

/** The examples at the end of a command's help. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ fast-gateway ${line}`).join('\n')}`

/** For an option that may be given several times. */
export const collect = (value: string, before: readonly string[] = []): string[] => [...before, value]

/** `NAME=VALUE`, several times. */
export function collectPairs(value: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, rest] = /^([^=]+)=([^]*)$/.exec(value) ?? []
  if (name === undefined || rest === undefined) throw new InvalidArgumentError('It must be NAME=VALUE.')
  return withPair(before, name.trim(), rest)
}

/** `NAME=VALUE` or, as in HTTP, `NAME: VALUE`; several times. */
export function collectHeaders(value: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, rest] = /^([^=:]+)[=:]\s*([^]*)$/.exec(value) ?? []
  if (name === undefined || rest === undefined) throw new InvalidArgumentError('It must be NAME=VALUE or "NAME: VALUE".')
  return withPair(before, name.trim(), rest)
}

const withPair = (before: Readonly<Record<string, string>>, name: string, value: string): Record<string, string> =>
  Object.fromEntries([...Object.entries(before), [name, value]])

/** A number above zero. */
export function positive(value: string): number {
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number) || number <= 0) throw new InvalidArgumentError('It must be a number above 0.')
  return number
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** `30m`, `8h`, `7d` as seconds. */
export function span(value: string): number {
  const [, amount, unit = ''] = /^(\d{1,9})([smhd])$/.exec(value) ?? []
  const seconds = Number(amount) * (unitSeconds[unit] ?? NaN)
  if (!(seconds > 0)) throw new InvalidArgumentError('It must be like 30m, 8h or 7d.')
  return seconds
}

/** A whole number within bounds. */
export const whole =
  (least: number, most: number) =>
  (value: string): number => {
    const number = /^\d+$/.test(value) ? Number(value) : NaN
    if (!(number >= least && number <= most)) throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
    return number
  }
