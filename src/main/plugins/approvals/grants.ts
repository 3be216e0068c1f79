import { createHash, randomUUID } from 'node:crypto'
import { canonicalJson } from '../../../shared/canonical-json'
import { GatewayError } from '../../../shared/errors'
import type { GatewayEvent } from '../../../shared/events'
import type { Approval, CatalogTool, Grant, GrantScope } from '../../../shared/records'
import type { Arguments, ToolCall } from '../../gateway/hooks'
import type { PluginHost } from '../../gateway/plugin'
import { storedArguments } from './history'
import { approvalLimits } from './limits'

/** How far a yes is to reach. `expires_in_seconds`: absent = the scope's usual time, null = its longest. */
export interface GrantWish {
  readonly scope: Exclude<GrantScope, 'once'>
  readonly expires_in_seconds?: number | null | undefined
}

/** What a standing permission is given for. */
export interface GrantOccasion {
  readonly approval: Approval
  readonly call: ToolCall
  /** Those that the person agreed to. */
  readonly arguments: Arguments
  /** `host.nameHash` of the moment when the person was asked. */
  readonly boundTo: string
  readonly by: string
}

/** A call that needs a yes, with what is costly to know of it computed once. */
interface Asking {
  readonly call: ToolCall
  readonly rule: string | null
  readonly argumentsHash: () => string
  readonly definitionHash: () => string | undefined
  readonly nameHash: () => string
}

/** How long the count of uses stays in memory only; each use has a row in the audit. */
const usesWriteMs = 1000

/**
 * Every grant, in memory and in the store: one-time tickets, and standing permissions. A standing one answers for exactly the client,
 * group, server and tool that it was given for, as they were then: it is removed when one of them is gone, is another or has changed.
 */
export class GrantBook {
  readonly #grants = new Map<string, Grant>()
  readonly #uncounted = new Set<string>()
  readonly #stopHearing: () => void
  #writing: NodeJS.Timeout | undefined

  /** @param now milliseconds since 1970 */
  constructor(
    private readonly host: PluginHost,
    private readonly now: () => number,
  ) {
    for (const grant of host.store.grants.list()) this.#grants.set(grant.id, grant)
    // Sessions end with the process, also with one that was killed.
    this.#drop((grant) => grant.scope === 'session', 'the session ended')
    this.#drop((grant) => this.#isUndecided(grant), 'the gateway ended before the decision was written')
    this.#stopHearing = host.onEvent((event) => this.#hear(event))
  }

  /** In the order of their creation, without those that are over. */
  list(): Grant[] {
    this.forgetExpired()
    return [...this.#grants.values()]
  }

  get(id: string): Grant | undefined {
    return this.#grants.get(id)
  }

  /** The one-time ticket that is left for this call; with `id`, only that one. */
  ticket({ server, context: { client, group } }: ToolCall, callHash: string, id?: string): Grant | undefined {
    const at = this.#time()
    return [...this.#grants.values()].find(
      (grant) =>
        grant.scope === 'once' &&
        grant.call_hash === callHash &&
        grant.client === client &&
        grant.used_at === null &&
        grant.expires_at > at &&
        (id === undefined || grant.id === id) &&
        grant.bound_to === this.host.nameHash({ client, group, server }),
    )
  }

  /** Durable when it returns. @throws GatewayError `store.unavailable`; memory is then as before */
  put(grant: Grant): void {
    this.host.store.grants.put(grant)
    this.#grants.set(grant.id, grant)
  }

  /** From now on it answers nothing, also when the store cannot be told. @returns whether there was one. @throws GatewayError `store.unavailable` */
  remove(id: string): boolean {
    this.#uncounted.delete(id)
    const known = this.#grants.delete(id)
    return this.host.store.grants.remove(id) || known
  }

  /** A standing permission as a person wants it; nothing is stored yet. @throws GatewayError `input.invalid`, `limit.approvals` */
  draft(occasion: GrantOccasion, wish: GrantWish): Grant {
    const { approval, call, by } = occasion
    const { client, group, sessionId } = call.context
    if (wish.scope === 'session' && sessionId === null)
      throw new GatewayError('input.invalid', 'This call came without a session; choose another scope for the grant.')
    this.#requireRoom()
    const created = this.now()
    return {
      id: randomUUID(),
      scope: wish.scope,
      approval_id: approval.id,
      ...{ client, group, server: call.server, tool: call.tool },
      session_id: wish.scope === 'session' ? sessionId : null,
      definition_hash: call.definition.definition_hash,
      call_hash: null,
      created_at: new Date(created).toISOString(),
      expires_at: new Date(created + secondsOf(wish) * 1000).toISOString(),
      used_at: null,
      uses: 0,
      granted_by: by,
      rule: approval.rule ?? null,
      bound_to: occasion.boundTo,
      ...(wish.scope === 'arguments' && {
        arguments: storedArguments(occasion.arguments),
        arguments_hash: hashOf(occasion.arguments),
      }),
    }
  }

  /** The standing permission that this call may run by. */
  covering(call: ToolCall, rule: string | null): Grant | undefined {
    const asking = this.#asking(call, rule)
    return [...this.#grants.values()].find((grant) => this.#answers(grant, asking))
  }

  covers(grant: Grant, call: ToolCall, rule: string | null): boolean {
    return this.#answers(grant, this.#asking(call, rule))
  }

  /** One more call runs by it. Written soon, not now: what matters is that the grant itself is known. */
  countUse({ id }: Grant): void {
    const grant = this.#grants.get(id)
    if (!grant) return
    this.#grants.set(id, { ...grant, used_at: this.#time(), uses: (grant.uses ?? 0) + 1 })
    this.#uncounted.add(id)
    this.#writing ??= setTimeout(() => this.#writeUses(), usesWriteMs).unref()
  }

  forgetExpired(): void {
    const at = this.#time()
    this.#drop((grant) => grant.expires_at <= at, 'its time was over')
  }

  close(): void {
    this.#stopHearing()
    clearTimeout(this.#writing)
    this.#writeUses()
  }

  /** A grant is written before its approval is; past its keeping in the history an approval is unknown. */
  #isUndecided({ approval_id }: Grant): boolean {
    const approval = this.host.store.approvals.get(approval_id)
    return approval !== undefined && approval.status !== 'approved'
  }

  #requireRoom(): void {
    const standing = this.list().filter(({ scope }) => scope !== 'once').length
    if (standing < approvalLimits.grants) return
    throw new GatewayError('limit.approvals', `There are ${standing} grants, which is the most there can be; revoke some first.`)
  }

  #asking(call: ToolCall, rule: string | null): Asking {
    const { client, group } = call.context
    return {
      ...{ call, rule },
      argumentsHash: lazily(() => hashOf(call.arguments)),
      definitionHash: lazily(() => this.#definitionOf(call.server, call.tool)),
      nameHash: lazily(() => this.host.nameHash({ client, group, server: call.server })),
    }
  }

  /** The cheap questions first: most grants are for something else. */
  #answers(grant: Grant, asking: Asking): boolean {
    return (
      isAbout(grant, asking.call) &&
      grant.expires_at > this.#time() &&
      answersRule(grant.rule ?? null, asking.rule) &&
      grant.definition_hash === asking.definitionHash() &&
      grant.bound_to === asking.nameHash() &&
      (grant.scope !== 'arguments' || grant.arguments_hash === asking.argumentsHash())
    )
  }

  #definitionOf(server: string, tool: string): string | undefined {
    return this.host.catalogTools().find(({ namespace, bare_name }) => namespace === server && bare_name === tool)?.definition_hash
  }

  #hear(event: GatewayEvent): void {
    if (event.event === 'session.closed') {
      const ended = event.data.session_id
      this.#drop((grant) => grant.scope === 'session' && grant.session_id === ended, 'the session ended')
    }
    if (event.event === 'catalog.changed') this.#dropRedefined(new Set(event.data.server_ids))
    if (changesNames.has(event.event)) this.#dropUnbound()
    if (event.event === 'policy.changed') void this.#dropDenied()
  }

  /** A tool that is away for a while comes back as the same or as another: then it is looked at again. */
  #dropRedefined(serverIds: ReadonlySet<string>): void {
    if (!this.#hasStanding()) return
    const tools = this.host.catalogTools().filter((tool) => serverIds.has(tool.server_id))
    const hashes = new Map(tools.map((tool) => [toolKey(tool), tool.definition_hash]))
    this.#drop((grant) => {
      const now = hashes.get(keyOf(grant.server, grant.tool))
      return grant.scope !== 'once' && now !== undefined && now !== grant.definition_hash
    }, "the tool's definition changed")
  }

  #dropUnbound(): void {
    this.#drop((grant) => grant.bound_to !== this.host.nameHash(grant), 'its client, group or server is another now')
  }

  /** What the policy denies is refused before anybody asks for grants. Should it ever be allowed again, a person is asked again too. */
  async #dropDenied(): Promise<void> {
    const standing = [...this.#grants.values()].filter(({ scope }) => scope !== 'once')
    const views = new Map(standing.map(({ client, group }) => [JSON.stringify([client, group]), { client, group }]))
    for (const view of views.values()) {
      try {
        this.#dropUnseen(view, await this.host.listTools({ ...view, sessionId: null, door: 'library', headers: {} }))
      } catch (thrown) {
        this.host.log.warn('Grants could not be compared with the policy; what it denies is refused all the same.', {
          error: String(thrown),
        })
      }
    }
  }

  /** Only of enabled servers: one that is switched off for a while is not denied. */
  #dropUnseen({ client, group }: Pick<Grant, 'client' | 'group'>, seen: readonly CatalogTool[]): void {
    const enabled = new Set(this.host.servers.list().flatMap((server) => (server.enabled ? [server.name] : [])))
    const visible = new Set(seen.map(toolKey))
    const denied = new Set(
      this.host
        .catalogTools()
        .filter((tool) => enabled.has(tool.namespace))
        .map(toolKey)
        .filter((key) => !visible.has(key)),
    )
    this.#drop(
      (grant) => grant.scope !== 'once' && grant.client === client && grant.group === group && denied.has(keyOf(grant.server, grant.tool)),
      'the policy denies its tool now',
    )
  }

  #hasStanding(): boolean {
    return [...this.#grants.values()].some(({ scope }) => scope !== 'once')
  }

  #drop(isOver: (grant: Grant) => boolean, why: string): void {
    const over = [...this.#grants.values()].filter(isOver)
    if (over.length === 0) return
    for (const { id } of over) this.removeQuietly(id)
    this.host.log.info('Grants are over.', { grants: over.map(({ id }) => id), why })
    this.host.emit('grants.changed', { ids: over.map(({ id }) => id) })
  }

  removeQuietly(id: string): void {
    try {
      this.remove(id)
    } catch (thrown) {
      this.host.log.warn('A grant that is over could not be removed from the store; it answers nothing.', {
        grant: id,
        error: String(thrown),
      })
    }
  }

  #writeUses(): void {
    this.#writing = undefined
    for (const id of [...this.#uncounted]) {
      const grant = this.#grants.get(id)
      try {
        if (grant) this.host.store.grants.put(grant)
        this.#uncounted.delete(id)
      } catch (thrown) {
        this.host.log.warn('The uses of a grant could not be written; they are counted on.', { grant: id, error: String(thrown) })
      }
    }
  }

  #time(): string {
    return new Date(this.now()).toISOString()
  }
}

const keyOf = (server: string, tool: string): string => JSON.stringify([server, tool])
const toolKey = ({ namespace, bare_name }: CatalogTool): string => keyOf(namespace, bare_name)

/** What changes who or what stands behind a name. */
const changesNames: ReadonlySet<string> = new Set<GatewayEvent['event']>([
  ...(['server.changed', 'server.removed', 'clients.changed', 'groups.changed'] as const),
])

function isAbout(grant: Grant, { server, tool, definition, context }: ToolCall): boolean {
  if (grant.scope === 'once') return false
  if (grant.scope === 'session' && (grant.session_id === null || grant.session_id !== context.sessionId)) return false
  return (
    grant.client === context.client &&
    grant.group === context.group &&
    grant.server === server &&
    grant.tool === tool &&
    grant.definition_hash === definition.definition_hash
  )
}

/** The policy's own words, of which one is as good as another: a person who said "always" need not be asked anew for each edit of it. */
const ofPolicy = /^(?:rules\[\d+\]|confirm\[\d+\]|confirm:destructive|default)$/

/** What else asks (a guard that found a password in the arguments) is answered only where it asked when the grant was given. */
function answersRule(given: string | null, asked: string | null): boolean {
  const askers = new Set(askersOf(given))
  return askersOf(asked).every((asker) => askers.has(asker))
}

const askersOf = (rule: string | null): string[] => (rule ?? 'unnamed').split('; ').map((part) => (ofPolicy.test(part) ? 'policy' : part))

/** @throws GatewayError `input.invalid` */
function secondsOf({ scope, expires_in_seconds: wanted }: GrantWish): number {
  const { usual, longest } = approvalLimits.grantSeconds[scope]
  if (wanted === undefined) return usual
  if (wanted === null) return longest
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= longest) return wanted
  throw new GatewayError('input.invalid', `A grant of the scope "${scope}" holds for 1 to ${longest} seconds.`)
}

const hashOf = (args: Arguments): string => createHash('sha256').update(canonicalJson(args)).digest('hex')

function lazily<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined
  return () => (known ??= { value: compute() }).value
}
