import { useEffect } from 'react'
import { create } from 'zustand'
import type { GatewayEvent } from '../shared/events'
import { createAnswerOrder } from './answer-order'
import { door } from './door'
import { agentsNoun } from './features/clients/agents'
import { clientsNoun } from './features/clients/clients'
import { changesNoun, grantsNoun, pendingNoun } from './features/approvals/approvals'
import { groupsNoun } from './features/groups/groups'
import { statsNoun, statusNoun } from './features/overview/overview'
import { policyNoun } from './features/policy/policy'
import { authorizationsNoun } from './features/servers/authorizations'
import { serversNoun } from './features/servers/servers'
import { preferencesNoun, secretsNoun, settingsNoun, updateNoun } from './features/settings/settings'
import { catalogNoun } from './features/tools/catalog'
import { messageOf } from './gateway'

/** Something that the gateway knows, and the events after which it is asked for anew. A feature has one for each noun of its own. */
export interface Noun<T> {
  load(): Promise<T>
  readonly events: readonly GatewayEvent['event'][]
  /** Milliseconds that the next asking waits at least, for what changes with every call. Default 100. */
  readonly pauseMs?: number
  /** Milliseconds after which it is asked for anew while it is looked at, for what grows old without an event. */
  readonly everyMs?: number
}

const nouns = {
  agents: agentsNoun,
  authorizations: authorizationsNoun,
  catalog: catalogNoun,
  changes: changesNoun,
  clients: clientsNoun,
  grants: grantsNoun,
  groups: groupsNoun,
  pending: pendingNoun,
  policy: policyNoun,
  preferences: preferencesNoun,
  secrets: secretsNoun,
  servers: serversNoun,
  settings: settingsNoun,
  stats: statsNoun,
  status: statusNoun,
  update: updateNoun,
}
type Nouns = typeof nouns
/** The name of something in the store. */
export type NounName = keyof Nouns
type Data = { [Name in NounName]: Awaited<ReturnType<Nouns[Name]['load']>> }

/** What is known, and how the last asking went: `data` stays while it is asked for anew or cannot be had. */
export interface Known<T> {
  readonly data: T | undefined
  /** Why it could not be had the last time; undefined when it could. */
  readonly error: string | undefined
}

type State = { readonly [Name in NounName]: Known<Data[Name]> }

const unknown = { data: undefined, error: undefined }

/** One store for the whole window: the sum of what the features know. */
export const useStore = create<State>()(() => Object.fromEntries(Object.keys(nouns).map((name) => [name, unknown])) as unknown as State)

const wanted = new Set<NounName>()
const waiting = new Map<NounName, ReturnType<typeof setTimeout>>()
const orders = new Map<NounName, ReturnType<typeof createAnswerOrder>>()

function orderOf(name: NounName): ReturnType<typeof createAnswerOrder> {
  const known = orders.get(name) ?? createAnswerOrder()
  orders.set(name, known)
  return known
}

/** Asks the gateway anew. Never throws: what went wrong stands in `error`. */
export async function refresh<Name extends NounName>(name: Name): Promise<void> {
  wanted.add(name)
  clearTimeout(waiting.get(name))
  waiting.delete(name)
  const isNews = orderOf(name)()
  const told = (known: Partial<Known<unknown>>) => isNews() && useStore.setState((state) => ({ [name]: { ...state[name], ...known } }))
  try {
    told({ data: await nouns[name].load(), error: undefined })
  } catch (thrown) {
    told({ error: messageOf(thrown) })
  }
}

/** Once for a burst of events: the first one sets the time. */
function refreshSoon(name: NounName): void {
  if (waiting.has(name)) return
  const { pauseMs = 100 }: Noun<unknown> = nouns[name]
  waiting.set(
    name,
    setTimeout(() => void refresh(name), pauseMs),
  )
}

/** What the gateway says of this, kept up to date by its events. Asked for when first wanted. */
export function useLive<Name extends NounName>(name: Name): Known<Data[Name]> {
  useEffect(() => {
    const { everyMs }: Noun<unknown> = nouns[name]
    if (!wanted.has(name) || everyMs !== undefined) void refresh(name)
    if (everyMs === undefined) return undefined
    const timer = setInterval(() => void refresh(name), everyMs)
    return () => clearInterval(timer)
  }, [name])
  return useStore((state) => state[name])
}

/** Hears the gateway's events for as long as the window lives; each asks anew for what it changes, as far as anybody wanted it. */
export function followGateway(): void {
  door.onEvent((event) => {
    for (const name of wanted) if ((nouns[name].events as readonly string[]).includes(event.event)) refreshSoon(name)
  })
  door.onBreak(() => wanted.forEach(refreshSoon))
}
