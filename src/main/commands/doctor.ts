import type { Command } from 'commander'
import type { ServerView } from '../../shared/records'
import { read } from './client'
import { reportOf, reportWords, type Finding } from './doctor-finding'
import { aboutPolicy, aboutVault, asked, meetGateway, type Met } from './doctor-gateway'
import { lookAtAgents, lookAtConfig, lookAtFolder, lookAtNode, type Home } from './doctor-machine'
import { lookAtPort } from './doctor-port'
import { lookAtRegistry } from './doctor-registry'
import { aboutServer } from './doctor-servers'
import { isThisMachine, namedUrl } from './door'
import { examples, withGateway, type GatewayOptions } from './options'
import { print, withProgress } from './terminal'

export function defineDoctor(command: Command): void {
  withGateway(command)
    .addHelpText(
      'after',
      `\nIt starts and changes nothing. Exit code 1 when there is a problem; a mere\nwarning is none.\n${examples('doctor', 'doctor --json', 'doctor --config ~/.fast-gateway/gateway.json')}`,
    )
    .action((_options: unknown, self: Command) => doctor(self.optsWithGlobals<GatewayOptions>()))
}

async function doctor(options: GatewayOptions): Promise<void> {
  const report = reportOf(await examine(options))
  print(options, report, () => reportWords(report))
  if (!report.ok) process.exitCode = 1
  // A keychain that waits for a person would keep this process until then.
  if (report.findings.some(({ code }) => code === 'vault.locked')) process.stdout.write('', () => process.exit())
}

/** Of a gateway on another machine only what it says itself. */
async function examine(options: GatewayOptions): Promise<readonly Finding[]> {
  const url = namedUrl(options)
  const isHere = url === undefined || !URL.canParse(url) || isThisMachine(url)
  const { home, findings } = isHere ? await step('config', () => lookAtConfig(options.config)) : { home: null, findings: [] }
  const { met, findings: meeting } = await step('gateway', () => meetGateway(options, home))
  return [
    lookAtNode(),
    ...findings,
    ...(home ? await lookAround(home, met) : []),
    ...meeting,
    ...(met ? await step('servers', () => askGateway(met)) : []),
    ...(home && !met ? await step('registry', () => lookAtRegistry(home)) : []),
    ...(home ? await step('agents', () => lookAtAgents(home)) : []),
  ]
}

const step = <T>(what: string, work: () => Promise<T>): Promise<T> => withProgress(`Looking at the ${what}`, work)

const lookAround = async (home: Home, met: Met | null): Promise<Finding[]> => [
  ...(await step('data', () => lookAtFolder(home))),
  await step('port', () => lookAtPort(home, met?.status ?? null)),
]

/** A locked keychain is waited for by the gateway itself. */
const vaultPatienceMs = 20_000

/** What a running gateway knows of its secrets, servers and rules. */
async function askGateway({ client: { admin, policy } }: Met): Promise<Finding[]> {
  const known: { servers: readonly ServerView[] } = { servers: [] }
  const servers = await asked('server', async (within) => (known.servers = await read(admin.servers.$get({}, within))).map(aboutServer))
  const vault = await asked(
    'vault',
    async (within) => [aboutVault((await read(admin.secrets.$get({}, within))).vault, usesVault(known.servers))],
    vaultPatienceMs,
  )
  const rules = await asked('policy', async (within) => aboutPolicy((await read(policy.index.$get({}, within))).problems))
  return [...vault, ...servers, ...rules]
}

const usesVault = (servers: readonly ServerView[]) =>
  servers.some(({ auth }) => auth === 'oauth') || JSON.stringify(servers).includes('${keychain:')
