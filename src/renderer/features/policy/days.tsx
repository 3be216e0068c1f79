import { classes } from '../../ui/classes'

const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'narrow' })
const dayMs = 86_400_000

/** Counts of the last days as bars, today last. The sentence beside it says the same in words. */
export function Days({ days, big }: { readonly days: readonly number[]; readonly big?: boolean }) {
  const most = Math.max(1, ...days)
  const height = big ? 56 : 16
  return (
    <span className={classes('days', big && 'big')} aria-hidden>
      {days.map((count, index) => (
        <i key={index} className={count > 0 ? 'on' : ''} style={{ height: count === 0 ? 2 : Math.max(3, (count / most) * height) }} />
      ))}
    </span>
  )
}

/** The first letters of the days below the big bars. */
export const DayNames = ({ many }: { readonly many: number }) => (
  <div className="row micro t3 mt-0.5 gap-1.5!" aria-hidden>
    {Array.from({ length: many }, (_, index) => (
      <span key={index} className="w-[18px] text-center">
        {weekday.format(new Date(Date.now() - (many - 1 - index) * dayMs))}
      </span>
    ))}
  </div>
)
