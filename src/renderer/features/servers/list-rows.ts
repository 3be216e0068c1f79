import type { ServerView } from '../../../shared/records'
import { placeText, serverStates, type Need } from './server-states'

/** A line of the list: a heading, a server, or the note at its end. */
export type ListRow =
  | { readonly kind: 'heading'; readonly id: Need; readonly title: string; readonly first: boolean }
  | { readonly kind: 'server'; readonly id: string; readonly server: ServerView }
  | { readonly kind: 'note'; readonly id: 'note' }

const sections: readonly (readonly [Need, string])[] = [
  ['needs-you', 'Needs you'],
  ['running', 'Running'],
  ['not-running', 'Not running'],
]

const alphabet = new Intl.Collator(undefined, { numeric: true })

/** Servers that every word of the filter is found in: name, address or command, state, tags. */
export function filterServers(servers: readonly ServerView[], filter: string): readonly ServerView[] {
  const words = filter.toLowerCase().split(/\s+/)
  return servers.filter((server) => {
    const text = [
      server.name,
      placeText(server),
      server.url,
      server.command,
      ...server.args,
      serverStates[server.state].word,
      ...server.tags,
    ]
    const haystack = text.join(' ').toLowerCase()
    return words.every((word) => haystack.includes(word))
  })
}

/** Servers by need, each section under its heading; those of one section in alphabetical order. */
export function listRows(servers: readonly ServerView[]): readonly ListRow[] {
  const sorted = servers.toSorted((a, b) => alphabet.compare(a.name, b.name))
  const rows = sections.flatMap(([id, title]): ListRow[] => {
    const inside = sorted.filter(({ state }) => serverStates[state].need === id)
    if (inside.length === 0) return []
    return [{ kind: 'heading', id, title, first: false }, ...inside.map((server) => ({ kind: 'server' as const, id: server.id, server }))]
  })
  const [top, ...rest] = rows
  if (top?.kind !== 'heading') return []
  const isDown = sorted.some(({ state }) => state === 'failed' || state === 'needs_login')
  return [{ ...top, first: true }, ...rest, ...(isDown ? [{ kind: 'note' as const, id: 'note' as const }] : [])]
}
