import type { SqliteFile } from './sqlite-file'

/** Numbers that the audit file remembers: `next_id` so that an id is never given twice, `running_from` below which every row is complete. */
type Counter = 'next_id' | 'running_from'

interface Counters {
  get(name: Counter): number | undefined
  set(name: Counter, value: number): void
}

export function sqliteCounters(file: SqliteFile): Counters {
  const one = file.prepared<[string], { readonly value: number }>('SELECT value FROM counters WHERE name = ?')
  const upsert = file.prepared<[string, number]>(
    'INSERT INTO counters (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  )
  return {
    get: (name) => one().get(name)?.value,
    set: (name, value) => void upsert().run(name, value),
  }
}
