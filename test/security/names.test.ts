import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { exposeAll, longestExposedName } from '../../src/main/gateway/names'

/** What the gateway calls a tool whose own name clients cannot take; an upstream that knows its server's name can compute it too. */
function shortened(server: string, bare: string, hashLength: number): string {
  const hash = createHash('sha256').update(`${server.length}:${server}_${bare}`).digest('hex').slice(0, hashLength)
  const room = longestExposedName - 1 - hashLength
  return `${`${server}_${bare}`.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, room)}_${hash}`
}

const asItems = (server: string, names: readonly string[]) => names.map((bareName) => ({ server, bareName }))

describe('law 9: an upstream that lists tools named like the shortened names of others', () => {
  it.each(['fs', 'demo', 'github', 'reponow'])(
    'is given names that differ, and the gateway goes on (server %s)',
    (server) => {
      const lengths = Array.from({ length: 18 }, (_, i) => 6 + 2 * i)
      const plain = lengths.map((length) => shortened(server, 'odd name', length)).filter((name) => name.startsWith(`${server}_`))
      const bare = ['odd name', ...plain.map((name) => name.slice(server.length + 1))]
      const { byName } = exposeAll(asItems(server, bare))
      expect([...byName.values()].map((item) => item.bareName).sort()).toEqual([...bare].sort())
    },
    5_000,
  )
})
