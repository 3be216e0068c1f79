/** `1.2k`, `18.4k`, `231`: for figures where the size counts and not the last digit. */
export const short = (count: number): string => (count < 1000 ? String(count) : `${(count / 1000).toFixed(count < 99_950 ? 1 : 0)}k`)

/** `3 ms`, `388 ms`, `1.4 s`, `30.0 s`, `2 min`. */
export function duration(ms: number): string {
  if (ms < 1) return `${ms.toFixed(1)} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  return ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`
}

/** `812 B`, `4.2 kB`, `1.1 MB`. */
export function bytes(size: number): string {
  if (size < 1000) return `${size} B`
  return size < 999_950 ? `${(size / 1000).toFixed(size < 99_950 ? 1 : 0)} kB` : `${(size / 1_000_000).toFixed(1)} MB`
}

/** `1 tool`, `3 tools`. */
export const count = (many: number, noun: string, plural = `${noun}s`): string => `${many.toLocaleString()} ${many === 1 ? noun : plural}`
