import type { LucideIcon } from 'lucide-react'
import { Check, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from './button'
import type { Tone } from './badge'
import { classes } from './classes'

const icons = { ok: Check, wait: TriangleAlert, bad: TriangleAlert, acc: Info }

/** What is so, what it means or what to do, and one action. */
export function Notice({
  tone,
  icon,
  title,
  action,
  children,
}: {
  readonly tone: Tone
  readonly icon?: LucideIcon
  readonly title: ReactNode
  readonly action?: ReactNode
  readonly children?: ReactNode
}) {
  const Icon = icon ?? icons[tone]
  return (
    <div className={classes('note', tone === 'ok' ? 'bg-ok-tint' : tone)} role={tone === 'bad' ? 'alert' : 'status'}>
      <Icon className={classes('i', tone === 'ok' && 'ok')} aria-hidden />
      <div className="grow">
        <b>{title}</b>
        {children && <div className="small t2">{children}</div>}
      </div>
      {action}
    </div>
  )
}

/** Something could not be had; says why and offers to try again. */
export const ErrorNotice = ({ title, error, onRetry }: { readonly title: string; readonly error: string; onRetry?(): void }) => (
  <Notice
    tone="bad"
    title={title}
    action={
      onRetry && (
        <Button small onClick={onRetry}>
          Try again
        </Button>
      )
    }
  >
    {error}
  </Notice>
)
