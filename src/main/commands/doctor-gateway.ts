import { toGatewayError } from '../../shared/errors'
import type { GatewayStatus } from '../../shared/records'
import type { VaultStatus } from '../../shared/secrets'
import { version } from '../../shared/version'
import { openGateway, read, type GatewayClient } from './client'
import { fine, problem, warning, type Finding } from './doctor-finding'
import type { Home } from './doctor-machine'
import { namedUrl } from './door'
import { Failure } from './failure'
import type { GatewayOptions } from './options'
import { duration } from './text'

/** A running gateway that has let us in. */
export interface Met {
  readonly client: GatewayClient
  readonly status: GatewayStatus
}

const patienceMs = 5000
const inTime = (ms = patienceMs) => ({ init: { signal: AbortSignal.timeout(ms) } })

/** Looks for a running gateway; starts none. */
export async function meetGateway(
  options: GatewayOptions,
  home: Home | null,
): Promise<{ readonly met: Met | null; readonly findings: Finding[] }> {
  const { init } = inTime()
  try {
    if (home?.exists === false && namedUrl(options) === undefined) return { met: null, findings: [notRunning] }
    const client = await openGateway(options)
    const met = { client, status: await read(client.admin.status.$get({}, { init })) }
    return { met, findings: aboutStatus(met, home) }
  } catch (thrown) {
    return { met: null, findings: [aboutFailure(thrown, { isNamed: namedUrl(options) !== undefined, isLate: init.signal.aborted, home })] }
  }
}

const notRunning = warning('gateway', {
  code: 'gateway.unreachable',
  message: 'It is not running; what follows is what its files say.',
  remedy: 'fast-gateway serve, or start the app',
})

/** What a gateway of this machine that nobody started answers with. */
const quiet = new Set(['gateway.unreachable', 'gateway.no_token', 'gateway.strange', 'gateway.unknown_port'])

interface Meeting {
  readonly isNamed: boolean
  readonly isLate: boolean
  readonly home: Home | null
}

function aboutFailure(thrown: unknown, { isNamed, isLate, home }: Meeting): Finding {
  const { code, message } = thrown instanceof Failure ? thrown : toGatewayError(thrown)
  if (isLate)
    return problem('gateway', {
      code: 'gateway.silent',
      message: `Something takes connections there, but has not answered in ${patienceMs / 1000} s.`,
      remedy: 'End it and start it again; its log says what it was doing.',
    })
  // Whoever has the port that nobody chose for this gateway is another.
  const isOther = code === 'auth.required' && home?.isPortNamed === false
  if (!isNamed && (isOther || quiet.has(code))) return notRunning
  const remedy = code === 'gateway.unreachable' ? 'Start it, or correct --gateway-url.' : 'Do what the message says.'
  return problem('gateway', { code, message, remedy })
}

function aboutStatus({ client, status }: Met, home: Home | null): Finding[] {
  const { safe_mode: isSafe, config_error: error, paused_since: paused, config_file: file } = status
  const found = [fine('gateway', `Version ${status.version} answers at ${client.door.base}, up for ${duration(status.uptime_seconds)}.`)]
  if (status.version !== version) found.push(otherVersion(status.version))
  if (home && file !== null && file !== home.configFile) found.push(otherConfig(file))
  if (isSafe || error !== null) found.push(brokenConfig(isSafe, error ?? ''))
  if (paused !== null)
    found.push(
      warning('gateway', { code: 'gateway.paused', message: `All calls are refused since ${paused}.`, remedy: 'fast-gateway resume' }),
    )
  return found
}

const otherVersion = (theirs: string) =>
  warning('gateway', {
    code: 'gateway.version',
    message: `It is version ${theirs}, this command ${version}.`,
    remedy: 'Restart the gateway, so that both are the same.',
  })

const otherConfig = (file: string) =>
  warning('gateway', {
    code: 'config.other',
    message: `It runs on another config: ${file}.`,
    remedy: `Look at that one: fast-gateway doctor --config ${file}`,
  })

const brokenConfig = (isSafe: boolean, error: string) =>
  problem('gateway', {
    code: isSafe ? 'config.safe_mode' : 'config.invalid',
    message: isSafe ? `SAFE MODE, everything is denied: ${error}` : `The newest edit of its config is not in force: ${error}`,
    remedy: 'Mend the config; it is taken at once.',
  })

/** What a running gateway says when it is asked further; that it does not is a finding too. */
export async function asked(
  about: Finding['about'],
  ask: (within: { readonly init: RequestInit }) => Promise<readonly Finding[]>,
  ms?: number,
): Promise<readonly Finding[]> {
  try {
    return await ask(inTime(ms))
  } catch (thrown) {
    const { code, message } = thrown instanceof Failure ? thrown : toGatewayError(thrown)
    return [problem(about, { code, message, remedy: 'The log of the gateway says more.' })]
  }
}

/** Where secrets are kept. @param isNeeded something refers to it */
export function aboutVault({ kind, state, detail }: VaultStatus, isNeeded: boolean): Finding {
  if (state === 'ready') return fine('vault', detail ?? `The ${kind} answers.`)
  const code = `vault.${state}`
  const remedy =
    state === 'locked' ? 'Unlock the keychain, then try again.' : 'Do what the message says; FAST_GATEWAY_VAULT chooses another place.'
  const trouble = { code, message: detail ?? `The ${kind} does not answer.`, remedy }
  return isNeeded ? problem('vault', trouble) : warning('vault', trouble)
}

/** Rules that are surely not meant so. */
export const aboutPolicy = (problems: readonly { readonly rule: string; readonly problem: string }[]): Finding[] =>
  problems.length === 0
    ? [fine('policy', 'No rule contradicts another or names what is not there.')]
    : problems.map(({ rule, problem: message }) =>
        warning('policy', {
          name: rule,
          code: 'policy.pointless',
          message,
          remedy: 'Correct or remove it; "fast-gateway policy show" has it.',
        }),
      )
