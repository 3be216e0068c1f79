import type { LucideIcon } from 'lucide-react'
import { Ban, Check, Hand } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Effect } from '../../shared/records'
import { classes } from './classes'

/** Colours that mean something: works, waits for you, failed or destructive, new. */
export type Tone = 'ok' | 'wait' | 'bad' | 'acc'

/** A fact in one or two words. */
export function Badge({
  tone,
  icon: Icon,
  title,
  className,
  children,
}: {
  readonly tone?: Tone | undefined
  readonly icon?: LucideIcon
  readonly title?: string | undefined
  readonly className?: string
  readonly children: ReactNode
}) {
  return (
    <span className={classes('badge', tone, className)} title={title}>
      {Icon && <Icon className="i" aria-hidden />}
      {children}
    </span>
  )
}

/** Icon, colour and word of what a rule does. */
export const effects = {
  deny: { icon: Ban, tone: 'bad', word: 'Deny' },
  ask: { icon: Hand, tone: 'wait', word: 'Ask' },
  allow: { icon: Check, tone: 'ok', word: 'Allow' },
} as const satisfies Record<Effect, { icon: LucideIcon; tone: Tone; word: string }>

export function EffectBadge({ effect }: { readonly effect: Effect }) {
  const { icon, tone, word } = effects[effect]
  return (
    <Badge tone={tone} icon={icon}>
      {word}
    </Badge>
  )
}
