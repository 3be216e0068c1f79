import { Check, Minus } from 'lucide-react'
import { Checkbox as RadixCheckbox, Switch as RadixSwitch } from 'radix-ui'
import type { ComponentProps } from 'react'

/** On or off, at once. Name it by `aria-label` or a label's `htmlFor`. */
export const Switch = (props: ComponentProps<typeof RadixSwitch.Root>) => <RadixSwitch.Root className="switch" {...props} />

/** Chosen or not; `indeterminate` where only some of a set are. */
export const Checkbox = (props: ComponentProps<typeof RadixCheckbox.Root>) => (
  <RadixCheckbox.Root className="box" {...props}>
    <RadixCheckbox.Indicator>
      {props.checked === 'indeterminate' ? <Minus className="i" aria-hidden /> : <Check className="i" aria-hidden />}
    </RadixCheckbox.Indicator>
  </RadixCheckbox.Root>
)
