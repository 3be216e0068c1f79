import { classes } from './classes'

/** How much of the whole: 0 to 1. `late` is a person's time running out. */
export const Bar = ({
  part,
  dim,
  late,
  className,
}: {
  readonly part: number
  readonly dim?: boolean
  readonly late?: boolean
  readonly className?: string
}) => (
  <span className={classes('bar', className)} aria-hidden>
    <i className={classes(dim && 'dim', late && 'bg-wait!')} style={{ width: `${Math.min(100, Math.max(0, part * 100))}%` }} />
  </span>
)
