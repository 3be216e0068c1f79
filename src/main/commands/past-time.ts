import { misuse } from './failure'

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** What `--since` says, as ISO 8601: `30m`, `12h`, `7d` ago, or a time. @throws Failure */
export function timeOf(text: string): string {
  const [, amount, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  const ms = amount === undefined ? Date.parse(text) : Date.now() - Number(amount) * (unitMs[unit ?? 's'] ?? 0)
  if (Number.isNaN(ms) || Math.abs(ms) > 8.64e15) throw misuse(`--since must be like 30m, 12h, 7d or 2026-11-23T08:00:00Z, not "${text}".`)
  return new Date(ms).toISOString()
}
