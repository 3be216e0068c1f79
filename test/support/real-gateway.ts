import { vi } from 'vitest'
import type { Approval, AuditEntry, AuditPage, ClientWithToken, GroupRecord, ServerDraft, ServerView } from '../../src/shared/records'
import { approver, newPlace, serve, type Place, type Served } from './cli-runner'
import { adminToken, askAdmin, withTheTest, type Answered, type Ending } from './gateway-rig'

/** How long anything that is awaited over HTTP may take on a busy machine, in milliseconds. */
const patience = { timeout: 20_000, interval: 20 }

/** The built product as a process of its own, asked over HTTP alone. It can be ended and started again on the same folder and port. */
export interface RealGateway {
  readonly place: Place
  readonly endpoint: string
  readonly port: number
  /** The process that serves now. */
  readonly served: Served
  admin(method: string, path: string, body?: unknown, token?: string): Promise<Answered>
  /** Registers a server, trusts its command, and waits until its catalogue is there. */
  add(draft: ServerDraft): Promise<ServerView>
  server(name: string): Promise<ServerView>
  group(name: string, members: readonly string[], more?: object): Promise<GroupRecord>
  /** A new client's token. */
  token(name: string, group?: string): Promise<string>
  /** Resolves once a server is in this state. */
  reaches(name: string, state: ServerView['state']): Promise<ServerView>
  /** The oldest call that waits for a person, as soon as there is one. */
  pending(): Promise<Approval>
  decide(id: string, what: 'approve' | 'deny', reason?: string): Promise<Answered>
  /** Every row, the newest first. */
  audit(): Promise<AuditEntry[]>
  /** Ends the process, by default as a service manager does. @returns its exit code */
  end(signal?: NodeJS.Signals): Promise<number | null>
  /** Starts it again where it was. */
  again(): Promise<void>
}

export async function openRealGateway(config: object = {}, ending: Ending = withTheTest): Promise<RealGateway> {
  const place = newPlace(config)
  ending(async () => place.remove())
  const start = (port: number) => serve(place, ['--port', String(port)], { FAST_GATEWAY_ADMIN_TOKEN: adminToken })
  let served = await start(0)
  ending(async () => {
    if (served.child.exitCode === null && served.child.signalCode === null) await served.stop('SIGKILL')
  })
  const { port } = served
  return {
    ...{ place, port, endpoint: `http://127.0.0.1:${port}/mcp`, ...overHttp(`http://127.0.0.1:${port}/admin`) },
    get served() {
      return served
    },
    end: async (signal = 'SIGTERM') => (await served.stop(signal)).code,
    async again() {
      served = await start(port)
    },
  }
}

type OverHttp = Omit<RealGateway, 'place' | 'endpoint' | 'port' | 'served' | 'end' | 'again'>

function overHttp(adminUrl: string): OverHttp {
  const admin = askAdmin(adminUrl)
  const ask = async <T>(method: string, path: string, body?: unknown, token?: string): Promise<T> => {
    const answered = await admin(method, path, body, token)
    if (answered.status >= 300) throw new Error(`${method} ${path}: ${answered.status} ${JSON.stringify(answered.body)}`)
    return answered.body as T
  }
  const server = async (name: string) => {
    const found = (await ask<ServerView[]>('GET', '/servers')).find((each) => each.name === name)
    if (!found) throw new Error(`there is no server ${name}`)
    return found
  }
  const reaches = (name: string, state: ServerView['state']) =>
    vi.waitFor(async () => {
      const found = await server(name)
      if (found.state !== state) throw new Error(`${name} is ${found.state}: ${found.state_reason ?? ''}`)
      return found
    }, patience)
  return {
    ...{ admin, server, reaches },
    async add(draft) {
      const made = await ask<ServerView>('POST', '/servers', draft)
      if (made.trust_hash !== null) await ask('POST', `/servers/${made.id}/trust`, { hash: made.trust_hash }, approver)
      return reaches(draft.name, 'ready')
    },
    group: (name, members, more = {}) => ask('POST', '/groups', { name, member_server_ids: members, ...more }),
    token: async (name, group) => (await ask<ClientWithToken>('POST', '/clients', { name, group: group ?? null })).token,
    pending: () =>
      vi.waitFor(async () => {
        const [oldest] = await ask<Approval[]>('GET', '/hil/pending')
        if (!oldest) throw new Error('no call waits for a person')
        return oldest
      }, patience),
    decide: (id, what, reason) => admin('POST', `/hil/pending/${id}/${what}`, reason === undefined ? {} : { reason }, approver),
    audit: () => allRows((query) => ask<AuditPage>('GET', `/audit${query}`)),
  }
}

async function allRows(page: (query: string) => Promise<AuditPage>): Promise<AuditEntry[]> {
  const rows: AuditEntry[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const { entries, next_cursor: next }: AuditPage = await page(
      `?limit=1000${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    )
    rows.push(...entries)
    cursor = next
  }
  return rows
}
