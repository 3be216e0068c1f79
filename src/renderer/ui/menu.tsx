import type { LucideIcon } from 'lucide-react'
import { Check } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import type { ReactNode } from 'react'
import { classes } from './classes'

/** What opens from a button. */
export function Menu({
  trigger,
  align = 'end',
  className,
  children,
}: {
  readonly trigger: ReactNode
  readonly align?: 'start' | 'end'
  readonly className?: string
  readonly children: ReactNode
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align={align} sideOffset={4} collisionPadding={8} className={classes('menu z-10 min-w-[200px]', className)}>
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

export function MenuItem({
  icon: Icon,
  bad,
  hint,
  disabled,
  onSelect,
  children,
}: {
  readonly icon?: LucideIcon
  readonly bad?: boolean
  /** A second, quiet line. */
  readonly hint?: string
  readonly disabled?: boolean
  onSelect(): void
  readonly children: ReactNode
}) {
  return (
    <DropdownMenu.Item className={classes('mi', bad && 'bad', disabled && 't3')} disabled={disabled ?? false} onSelect={onSelect}>
      {Icon && <Icon className="i" aria-hidden />}
      <span className="grow">
        {children}
        {hint && <span className="small t3 block">{hint}</span>}
      </span>
    </DropdownMenu.Item>
  )
}

export const MenuSeparator = () => <DropdownMenu.Separator className="sep" />

/** One of several, the chosen one marked. */
export function MenuChoice<Value extends string>({
  value,
  choices,
  onChange,
}: {
  readonly value: Value
  readonly choices: readonly { readonly value: Value; readonly label: ReactNode }[]
  onChange(value: Value): void
}) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={(chosen) => onChange(chosen as Value)}>
      {choices.map((choice) => (
        <DropdownMenu.RadioItem key={choice.value} value={choice.value} className="mi">
          <span className="grow">{choice.label}</span>
          <DropdownMenu.ItemIndicator>
            <Check className="i" aria-hidden />
          </DropdownMenu.ItemIndicator>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  )
}
