import { bundledPlugins } from '../../src/main/plugins'
import type { LookUp } from '../../src/main/plugins/oauth/egress'
import { createMemoryVault } from '../../src/main/vault/memory'
import type { Authorization, Login } from '../../src/shared/logins'
import type { ServerDraft, ServerView } from '../../src/shared/records'
import { browse, isCallback, type Visited } from './browser-double'
import { openRig, withTheTest, type Answered, type Rig, type RigOptions } from './gateway-rig'
import { openOAuthServer, type OAuthServer, type OAuthServerOptions } from './oauth-server'
import { openProtectedUpstream, type ProtectedOptions, type ProtectedUpstream } from './oauth-upstream'

export interface OAuthRigOptions extends RigOptions {
  readonly as?: OAuthServerOptions
  readonly upstream?: ProtectedOptions
  readonly draft?: Partial<ServerDraft>
  readonly lookUp?: LookUp
  /** Each login listens for itself. */
  readonly withoutDoor?: boolean
  readonly withoutVault?: boolean
}

/** A gateway, an upstream that wants a login, and the authorization server that gives one. */
export interface OAuthRig extends Rig {
  readonly as: OAuthServer
  readonly upstream: ProtectedUpstream
  readonly server: ServerView
  readonly ask: Rig['admin']
  state(): ServerView['state']
  reason(): string
  /** Begins a login. */
  begin(): Promise<Login>
  /** From the address to the gateway's door, which is not entered. */
  toTheDoor(login: Login): Promise<URL>
  /** As a person does it. */
  logIn(): Promise<Login>
  ended(login: Login): Promise<Login>
  authorization(): Promise<Authorization>
  call(tool?: string): Promise<string>
}

export async function openOAuthRig(options: OAuthRigOptions = {}): Promise<OAuthRig> {
  const { as: asOptions, upstream: upstreamOptions, draft, lookUp, withoutDoor, withoutVault, ...rigOptions } = options
  const as = await openOAuthServer(asOptions)
  withTheTest(() => as.close())
  const upstream = await openProtectedUpstream(as, upstreamOptions)
  withTheTest(() => upstream.close())
  return {
    ...(await openLoginRig(
      { ...rigOptions, ...(lookUp ? { lookUp } : {}), withoutDoor: withoutDoor === true, withoutVault: withoutVault === true },
      upstream.url,
      draft,
    )),
    as,
    upstream,
  }
}

type LoginRig = Omit<OAuthRig, 'as' | 'upstream'>

/** The same for an upstream that is there already. */
export async function openLoginRig(
  { lookUp, withoutDoor, withoutVault, ...options }: Pick<OAuthRigOptions, 'lookUp' | 'withoutDoor' | 'withoutVault'> & RigOptions,
  url: string,
  draft: Partial<ServerDraft> = {},
): Promise<LoginRig> {
  const live: { base: string | null } = { base: null }
  const oauth = { base: () => live.base, ...(lookUp ? { lookUp } : {}) }
  const rig = await openRig({ ...(withoutVault ? {} : { vault: createMemoryVault() }), plugins: bundledPlugins({ oauth }), ...options })
  if (!withoutDoor) live.base = rig.base
  const known = rig.gateway.servers.list().find(({ name }) => name === 'hosted')
  const server = known ?? (await rig.add({ name: 'hosted', url, auth: 'oauth', ...draft }))
  return { ...rig, ...doings(rig, server), server, ask: rig.admin }
}

function doings(rig: Rig, { id }: ServerView) {
  const must = (answered: Answered) => {
    if (answered.status !== 200) throw new Error((answered.body as { message: string }).message)
    return answered.body
  }
  const view = () => rig.gateway.servers.get(id)
  const begin = async () => must(await rig.admin('POST', `/oauth/${id}/login`)) as Login
  const ended = async (login: Login) => must(await rig.admin('GET', `/oauth/logins/${login.id}`)) as Login
  return {
    ...{ begin, ended },
    state: () => view().state,
    reason: () => view().state_reason ?? '',
    toTheDoor: async (login: Login) => (await browse(login.authorization_url, isCallback)).url,
    async logIn() {
      const login = await begin()
      await browse(login.authorization_url)
      await rig.until(() => view().state === 'ready')
      return ended(login)
    },
    async authorization() {
      const [first] = must(await rig.admin('GET', '/oauth')) as Authorization[]
      if (!first) throw new Error('no server wants OAuth')
      return first
    },
    async call(tool = 'echo') {
      const result = await rig.gateway.callTool(`hosted_${tool}`)
      return (result.content?.[0] as { text: string }).text
    },
  }
}

/** Goes where a browser would, wherever it ends. */
export const visit = (url: string | URL): Promise<Visited> => browse(String(url))
