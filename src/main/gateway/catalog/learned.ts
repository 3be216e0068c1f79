import type { CatalogServers, Owned } from '../catalog'
import { createLru, type Lru } from './lru'
import { longestUri } from './uri-template'

/** URIs remembered for each server; the one used longest ago is forgotten first. By server, so that one that floods forgets only its own. */
export const mostLearned = 2000

/** Who was seen to own URIs that no list names (reads, `resource_link`s). */
export interface Learned {
  learn(uri: string, serverId: string): void
  /** Enabled servers only, the first to claim it first. */
  owners(uri: string): readonly Owned[]
  forget(serverId: string): void
}

export function createLearned(servers: CatalogServers, onContested: (uri: string, first: Owned, second: Owned) => void): Learned {
  const byServer = new Map<string, Lru<string, number>>()
  let turn = 0

  function owners(uri: string): readonly Owned[] {
    return claims(byServer, uri).flatMap((serverId) => {
      const record = servers.get(serverId)
      return record?.enabled ? { serverId, server: record.name, bareName: uri } : []
    })
  }

  function learn(uri: string, serverId: string): void {
    const record = servers.get(serverId)
    if (!record || uri.length > longestUri) return
    const first = owners(uri)[0]
    if (first && first.serverId !== serverId) onContested(uri, first, { serverId, server: record.name, bareName: uri })
    let known = byServer.get(serverId)
    if (!known) byServer.set(serverId, (known = createLru(mostLearned)))
    if (known.get(uri) === undefined) known.set(uri, ++turn)
  }

  return { learn, owners, forget: (serverId) => void byServer.delete(serverId) }
}

function claims(byServer: ReadonlyMap<string, Lru<string, number>>, uri: string): readonly string[] {
  const found: { serverId: string; turn: number }[] = []
  for (const [serverId, known] of byServer) {
    const turn = known.get(uri)
    if (turn !== undefined) found.push({ serverId, turn })
  }
  return found.sort((a, b) => a.turn - b.turn).map((claim) => claim.serverId)
}
