import type { ImportCandidate, ImportRequest, ImportSource } from '../../../shared/agents'
import type { ServerDraft, ServerView } from '../../../shared/records'
import { lineOf } from './command-line'
import { freeName } from './names'

/** A candidate in its source, with what the list says of it. */
export interface Pickable {
  /** Unique over all sources. */
  readonly id: string
  readonly source: ImportSource
  readonly candidate: ImportCandidate
  /** The name it gets: free here, and among the others. */
  readonly name: string
  /** Where the same server is besides: `Also in Claude Code`, `Here as files`; null: nowhere. */
  readonly again: string | null
}

/** Address or command line of a server: two that have the same are the same one. */
export const targetOf = ({ url, command, args }: Pick<ServerDraft, 'url' | 'command' | 'args'>): string =>
  url ?? lineOf(command ?? '', args ?? [])

/** What is known of a server that is here already. */
type Present = Pick<ServerView, 'name' | 'url' | 'command' | 'args'>

/** Everything that was found, in its order, under names that do not collide. */
export function pickables(sources: readonly ImportSource[], present: readonly Present[]): readonly Pickable[] {
  const names = present.map(({ name }) => name)
  const seen = new Map(present.map((server) => [targetOf(server), `Here as ${server.name}`]))
  return sources.flatMap((source) =>
    source.candidates.map((candidate): Pickable => {
      const name = freeName(candidate.draft.name, names)
      const target = targetOf(candidate.draft)
      const again = seen.get(target) ?? null
      if (candidate.problem === null) names.push(name)
      if (again === null) seen.set(target, `Also in ${source.title}`)
      return { id: `${source.id} ${candidate.key}`, source, candidate, name, again }
    }),
  )
}

/** What is chosen to begin with: all that can be imported, each server once. */
export const firstPicks = (found: readonly Pickable[]): ReadonlySet<string> =>
  new Set(found.flatMap(({ id, candidate, again }) => (candidate.problem === null && again === null ? [id] : [])))

/** One request for each source that something is picked of. @param text the pasted text, where it is the source */
export function requestsOf(found: readonly Pickable[], picked: ReadonlySet<string>, text?: string): readonly ImportRequest[] {
  const chosen = found.filter(({ id }) => picked.has(id))
  return [...new Set(chosen.map(({ source }) => source))].map((source) => ({
    source: text === undefined ? source.id : { text },
    picks: chosen.filter((each) => each.source === source).map(({ candidate, name }) => ({ key: candidate.key, name })),
    ...(source.version === undefined ? {} : { version: source.version }),
  }))
}
