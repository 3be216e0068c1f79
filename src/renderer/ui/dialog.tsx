import { X } from 'lucide-react'
import { AlertDialog, Dialog as RadixDialog } from 'radix-ui'
import { useState, type ReactNode } from 'react'
import { Button, IconButton } from './button'
import { classes } from './classes'
import { useFocusBack } from './focus-back'

interface DialogProps {
  readonly open: boolean
  onClose(): void
  /** Whether something was filled in that closing would lose: then it asks. */
  isUnsaved?(): boolean
  readonly title: ReactNode
  /** What it is about, for screen readers, where the title does not say it. */
  readonly description?: string
  /** Beside the title, such as a mode switch. */
  readonly head?: ReactNode
  readonly footer?: ReactNode
  readonly className?: string
  readonly children: ReactNode
}

/** A dialog of 640 px; Escape and a click beside it close it. */
export function Dialog({ open, onClose, isUnsaved, title, description, head, footer, className, children }: DialogProps) {
  const [asking, setAsking] = useState(false)
  useFocusBack(open)
  const leave = () => (isUnsaved?.() ? setAsking(true) : onClose())
  return (
    <RadixDialog.Root open={open} onOpenChange={(stays) => !stays && leave()}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="scrim">
          <RadixDialog.Content className={classes('dialog raised', className)} {...(description ? {} : { 'aria-describedby': undefined })}>
            <header>
              <RadixDialog.Title asChild>
                <h2 className="grow">{title}</h2>
              </RadixDialog.Title>
              {description && <RadixDialog.Description className="vh">{description}</RadixDialog.Description>}
              {head}
              <RadixDialog.Close asChild>
                <IconButton label="Close" icon={X} />
              </RadixDialog.Close>
            </header>
            <div className="scroll grow px-5 pb-5">{children}</div>
            {footer && <footer>{footer}</footer>}
            <ConfirmDialog open={asking} onClose={() => setAsking(false)} title="Close without saving?" confirm="Close" onConfirm={onClose}>
              What was filled in is lost.
            </ConfirmDialog>
          </RadixDialog.Content>
        </RadixDialog.Overlay>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  )
}

interface ConfirmProps {
  readonly open: boolean
  onClose(): void
  readonly title: string
  readonly children: ReactNode
  /** The verb on the last button. */
  readonly confirm: string
  onConfirm(): void
}

/** Asks before something that cannot be undone; the focus is on the safe choice. */
export function ConfirmDialog({ open, onClose, title, children, confirm, onConfirm }: ConfirmProps) {
  useFocusBack(open)
  return (
    <AlertDialog.Root open={open} onOpenChange={(stays) => !stays && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="scrim">
          <AlertDialog.Content className="dialog raised w-[440px]">
            <header>
              <AlertDialog.Title asChild>
                <h2 className="grow">{title}</h2>
              </AlertDialog.Title>
            </header>
            <AlertDialog.Description asChild>
              <div className="t2 px-5 pb-5">{children}</div>
            </AlertDialog.Description>
            <footer>
              <span className="grow" />
              <AlertDialog.Cancel asChild>
                <Button>Cancel</Button>
              </AlertDialog.Cancel>
              <AlertDialog.Action asChild>
                <Button look="danger" onClick={onConfirm}>
                  {confirm}
                </Button>
              </AlertDialog.Action>
            </footer>
          </AlertDialog.Content>
        </AlertDialog.Overlay>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
