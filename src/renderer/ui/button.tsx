import type { LucideIcon } from 'lucide-react'
import type { ButtonHTMLAttributes, Ref } from 'react'
import { classes } from './classes'

interface Look {
  /** One primary in each region; `danger` only for the last button of a destructive dialog. */
  readonly look?: 'default' | 'primary' | 'quiet' | 'danger'
  readonly small?: boolean
  /** Red words: it takes something away. */
  readonly bad?: boolean
  readonly icon?: LucideIcon
  readonly ref?: Ref<HTMLButtonElement>
}
type ButtonProps = Look & ButtonHTMLAttributes<HTMLButtonElement>

/** A button of the design. It never submits a form unless told so. */
export function Button({ look = 'default', small, bad, icon: Icon, className, children, ...rest }: ButtonProps) {
  return (
    <button type="button" className={classes('btn', look !== 'default' && look, small && 'sm', bad && 'bad', className)} {...rest}>
      {Icon && <Icon className={classes('i', small && 's')} aria-hidden />}
      {children}
    </button>
  )
}

/** Only an icon; `label` is its name for everybody who cannot see it, and its tooltip. */
export function IconButton({
  label,
  icon: Icon,
  look = 'quiet',
  small,
  bad,
  className,
  ...rest
}: Omit<ButtonProps, 'icon'> & { readonly label: string; readonly icon: LucideIcon }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={classes('btn icon', look !== 'default' && look, small && 'sm', bad && 'bad', className)}
      {...rest}
    >
      <Icon className={classes('i', small && 's')} aria-hidden />
    </button>
  )
}
