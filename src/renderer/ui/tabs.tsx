import { Tabs as RadixTabs, ToggleGroup } from 'radix-ui'
import type { ReactNode } from 'react'
import { classes } from './classes'

interface Choice<Value extends string> {
  readonly value: Value
  readonly label: ReactNode
}

/** Two to six ways, side by side, one chosen. */
export function Segmented<Value extends string>({
  label,
  value,
  choices,
  onChange,
  className,
}: {
  /** What is chosen, for screen readers. */
  readonly label: string
  readonly value: Value
  readonly choices: readonly Choice<Value>[]
  onChange(value: Value): void
  readonly className?: string
}) {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value}
      onValueChange={(chosen) => chosen && onChange(chosen as Value)}
      className={classes('seg', className)}
    >
      {choices.map((choice) => (
        <ToggleGroup.Item key={choice.value} value={choice.value}>
          {choice.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  )
}

/** Pages within a pane; each panel is `<TabPanel value>`. */
export function Tabs<Value extends string>({
  label,
  value,
  choices,
  onChange,
  children,
}: {
  readonly label: string
  readonly value: Value
  readonly choices: readonly Choice<Value>[]
  onChange(value: Value): void
  readonly children: ReactNode
}) {
  return (
    <RadixTabs.Root value={value} onValueChange={(chosen) => onChange(chosen as Value)} className="flex min-h-0 grow flex-col">
      <RadixTabs.List className="tabs flex-none" aria-label={label}>
        {choices.map((choice) => (
          <RadixTabs.Trigger key={choice.value} value={choice.value}>
            {choice.label}
          </RadixTabs.Trigger>
        ))}
      </RadixTabs.List>
      {children}
    </RadixTabs.Root>
  )
}

export const TabPanel = ({
  value,
  keep,
  className,
  children,
}: {
  readonly value: string
  /** What was typed in it stays while another one is looked at. */
  readonly keep?: boolean
  readonly className?: string
  readonly children: ReactNode
}) => (
  <RadixTabs.Content
    value={value}
    {...(keep ? { forceMount: true } : {})}
    className={classes('scroll pad grow data-[state=inactive]:hidden', className)}
  >
    {children}
  </RadixTabs.Content>
)
