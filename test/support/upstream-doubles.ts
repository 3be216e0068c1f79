import type { GatewayError } from '../../src/shared/errors'
import type { ServerRecord, UpstreamCatalog, UpstreamState } from '../../src/shared/records'
import type { Log } from '../../src/main/gateway/log'
import type { Incoming, Link, LinkEvents, OpenLink, Reply, RpcError, RpcId, Target } from '../../src/main/gateway/mcp/link'
import type { UpstreamParts, UpstreamStatus } from '../../src/main/gateway/mcp/upstream'
import { target } from './upstream-rig'

/** A link in the test's hands. */
export class FakeLink implements Link {
  readonly initialized = { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'fake' } }
  readonly responses: { readonly id: RpcId; readonly answer: unknown }[] = []
  lists = 0
  closed = 0
  /** How it answers a list. */
  onList: () => Promise<Reply> = () => Promise.resolve({ result: `{"tools":[{"name":"tool","inputSchema":{}}]}` })

  constructor(readonly events: LinkEvents) {}

  request(method: string): Promise<Reply> {
    if (method !== 'tools/list') return Promise.resolve({ result: '{}' })
    this.lists++
    return this.onList()
  }

  notify(): Promise<void> {
    return Promise.resolve()
  }

  respond(id: RpcId, answer: { readonly result: unknown } | { readonly error: RpcError }): Promise<void> {
    this.responses.push({ id, answer })
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.closed++
    return Promise.resolve()
  }
}

const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** The gateway around one upstream: what is told to it is kept, what it answers is the test's. */
export class FakeGateway implements UpstreamParts {
  readonly links: FakeLink[] = []
  readonly states: string[] = []
  readonly catalogs: UpstreamCatalog[] = []
  readonly messages: Incoming[] = []
  readonly errors: GatewayError[] = []
  readonly log = silent
  attempts = 0
  dice = 1
  /** Thrown by the next attempts while it is set. */
  refusal: Error | undefined
  onResolve: (record: ServerRecord) => Promise<Target> = (record) => Promise.resolve(targetOf(record))
  readonly random = (): number => this.dice

  resolveTarget(record: ServerRecord): Promise<Target> {
    return this.onResolve(record)
  }

  openLink: OpenLink = async (_target, _handshake, events) => {
    this.attempts++
    await Promise.resolve()
    if (this.refusal) throw this.refusal
    const link = new FakeLink(events)
    this.links.push(link)
    return link
  }

  get link(): FakeLink {
    const link = this.links.at(-1)
    if (!link) throw new Error('nothing was connected')
    return link
  }

  onStatus(status: UpstreamStatus): void {
    this.states.push(status.state)
  }

  onCatalog(catalog: UpstreamCatalog): void {
    this.catalogs.push(catalog)
  }

  onMessage(message: Incoming): void {
    this.messages.push(message)
  }

  onConnectError(error: GatewayError): void {
    this.errors.push(error)
  }
}

export const targetOf = ({ transport, name, url, command, args, env, cwd }: ServerRecord): Target =>
  target({ transport, name, url, command, args, env, cwd })

export const listChanged: Incoming = { kind: 'notification', method: 'notifications/tools/list_changed', params: undefined }

/** @returns resolves when the state has been reached */
export async function reached(gateway: FakeGateway, state: UpstreamState, times = 1): Promise<void> {
  const count = () => gateway.states.filter((known) => known === state).length
  while (count() < times) await new Promise((resolve) => setTimeout(resolve, 5))
}
