import type { Table } from './store/store'

/** A table of the store kept in memory: read when first asked for; every change is written first and only then seen. */
export interface NamedRows<Row> {
  /** The rows themselves, in the order of their creation: read them, do not change or hand them out. */
  all(): readonly Row[]
  get(id: string): Row | undefined
  /** By exact name. */
  named(name: string): Row | undefined
  /** Another row whose name people would take for this one: compared NFKC-normalised and case-folded. */
  alike(name: string, exceptId: string): Row | undefined
  /** @throws GatewayError `store.unavailable`; memory is then as before */
  put(row: Row): void
  /** @throws GatewayError `store.unavailable`; memory is then as before */
  remove(id: string): void
}

const fold = (name: string) => name.normalize('NFKC').toLowerCase()

export function createNamedRows<Row extends { readonly id: string; readonly name: string }>(table: Table<Row>): NamedRows<Row> {
  let known: Map<string, Row> | undefined
  let byName: Map<string, Row> | undefined
  const rows = () => (known ??= new Map(table.list().map((row) => [row.id, row])))
  return {
    all: () => [...rows().values()],
    get: (id) => rows().get(id),
    named: (name) => (byName ??= new Map([...rows().values()].map((row) => [row.name, row]))).get(name),
    alike: (name, exceptId) => [...rows().values()].find((row) => row.id !== exceptId && fold(row.name) === fold(name)),
    put(row) {
      const present = rows()
      table.put(row)
      present.set(row.id, row)
      byName = undefined
    },
    remove(id) {
      const present = rows()
      table.remove(id)
      present.delete(id)
      byName = undefined
    },
  }
}
