import { onTestFinished } from 'vitest'
import { createGateway, type Gateway, type GatewayOptions, type Listening } from '../../src/main/gateway/gateway'
import type { Log } from '../../src/main/gateway/log'
import { bundledPlugins } from '../../src/main/plugins'
import type { GatewayEvent } from '../../src/shared/events'
import type { Approval, AuditEntry, AuditPage, ServerDraft, ServerView } from '../../src/shared/records'

export const adminToken = 'admin-token-of-the-tests'
export const approverToken = 'approver-token-of-the-tests'

/** Who closes what was opened: the test itself, or a suite that opens something for all its tests. */
export type Ending = (close: () => Promise<unknown>) => void
export const withTheTest: Ending = (close) => onTestFinished(async () => void (await close()))

/** One answer of the admin API, its JSON parsed. */
export interface Answered {
  readonly status: number
  readonly body: unknown
}

/** A gateway on a free port, with its plugins, as a daemon has it. */
export interface Rig {
  readonly gateway: Gateway
  readonly listening: Listening
  readonly base: string
  readonly events: readonly GatewayEvent[]
  readonly lines: readonly LogLine[]
  admin(method: string, path: string, body?: unknown, token?: string): Promise<Answered>
  /** Registers a server and waits until its catalogue is there. */
  add(draft: ServerDraft): Promise<ServerView>
  /** Resolves once this is so; it is asked again after every event of the gateway. */
  until(isSo: () => boolean): Promise<void>
  /** The oldest call that waits for a person, as soon as there is one. */
  pending(): Promise<Approval>
  approve(id: string, reason?: string): Promise<Answered>
  deny(id: string, reason?: string): Promise<Answered>
  audit(query?: string): Promise<readonly AuditEntry[]>
  close(): Promise<void>
}

export interface LogLine {
  readonly level: string
  readonly message: string
  readonly fields: unknown
}

export interface RigOptions extends GatewayOptions {
  readonly port?: number
  readonly ending?: Ending
}

export async function openRig({ port = 0, ending = withTheTest, ...options }: RigOptions = {}): Promise<Rig> {
  const lines: LogLine[] = []
  const gateway = createGateway({
    ...{ plugins: bundledPlugins(), adminToken, approverToken, log: logInto(lines) },
    ...options,
  })
  ending(() => gateway.close({ drainMs: 200 }))
  return rigOf(gateway, await gateway.listen({ port }), lines)
}

/** What tests do with a gateway that listens, whoever opened it. */
export function rigOf(gateway: Gateway, listening: Listening, lines: readonly LogLine[] = []): Rig {
  const events: GatewayEvent[] = []
  const waiting = new Set<() => void>()
  gateway.onEvent((event) => {
    events.push(event)
    for (const look of waiting) look()
  })
  const until = (isSo: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!isSo()) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  const admin = askAdmin(listening.adminUrl)
  const decide = (id: string, what: string, reason?: string) =>
    admin('POST', `/hil/pending/${id}/${what}`, reason === undefined ? {} : { reason }, approverToken)
  return {
    ...{ gateway, listening, events, lines, admin, until, base: `http://${listening.host}:${listening.port}` },
    async add(draft) {
      const { id } = await gateway.servers.create(draft)
      if (gateway.servers.get(id).state === 'needs_trust') await trust(gateway, id)
      await until(() => ['ready', 'failed', 'needs_login', 'degraded', 'disabled'].includes(gateway.servers.get(id).state))
      return gateway.servers.get(id)
    },
    async pending() {
      const open = () => {
        const closed = new Set(events.flatMap((each) => (each.event === 'approval.closed' ? [each.data.approval.id] : [])))
        return events.flatMap((each) => (each.event === 'approval.created' ? [each.data.approval] : [])).find((one) => !closed.has(one.id))
      }
      await until(() => open() !== undefined)
      const approval = open()
      if (!approval) throw new Error('an approval that was there has gone')
      return approval
    },
    approve: (id, reason) => decide(id, 'approve', reason),
    deny: (id, reason) => decide(id, 'deny', reason),
    audit: async (query = '') => ((await admin('GET', `/audit${query}`)).body as AuditPage).entries,
    close: () => gateway.close({ drainMs: 200 }),
  }
}

async function trust(gateway: Gateway, id: string): Promise<void> {
  await gateway.servers.trust(id, gateway.servers.get(id).trust_hash ?? '')
}

/** Asks the admin API over HTTP, by default with the admin token. */
export const askAdmin =
  (adminUrl: string) =>
  async (method: string, path: string, body?: unknown, token = adminToken): Promise<Answered> => {
    const response = await fetch(adminUrl + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : JSON.parse(text) }
  }

export function logInto(lines: LogLine[]): Log {
  const at = (level: string) => (message: string, fields?: unknown) => void lines.push({ level, message, fields })
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
