import { useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
let now = Date.now()
let ticking: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  if (ticking === undefined) {
    now = Date.now() // nobody has looked at it for a while
    ticking = setInterval(() => {
      now = Date.now()
      for (const each of listeners) each()
    }, 1000)
  }
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(ticking)
    ticking = undefined
  }
}

/** Milliseconds since 1970, renewed each second while anyone looks. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now)

const steps = [
  [60, 1, 's'],
  [3600, 60, 'min'],
  [86_400, 3600, 'h'],
  [Infinity, 86_400, 'days'],
] as const

/** `4 s`, `2 min`, `3 h`, `9 days`. */
export function ago(at: string, until: number): string {
  const seconds = Math.max(0, Math.round((until - Date.parse(at)) / 1000))
  const [, size, unit] = steps.find(([below]) => seconds < below) ?? steps[3]
  const count = Math.floor(seconds / size)
  return `${count} ${unit === 'days' && count === 1 ? 'day' : unit}`
}

const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
/** Date and time as this person writes them. */
export const fullTime = (at: string): string => absolute.format(new Date(at))

/** How long ago, with date and time on hover. */
export function Ago({ at, suffix = '' }: { readonly at: string; readonly suffix?: string }) {
  const until = useNow()
  return (
    <time dateTime={at} title={fullTime(at)} className="num">
      {ago(at, until) + suffix}
    </time>
  )
}

/** `m:ss` of what is left; zero when it is over. */
export function left(until: string, from: number): string {
  const seconds = Math.max(0, Math.ceil((Date.parse(until) - from) / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
