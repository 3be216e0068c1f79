import { Toaster as Sonner, toast as sonner } from 'sonner'
import 'sonner/dist/styles.css'
import { Button } from './button'

/** Where toasts appear; once in a window. */
export const Toaster = () => <Sonner position="bottom-right" offset={16} gap={8} duration={6000} toastOptions={{ unstyled: true }} />

/** Says what happened, with Undo where there is one. Errors are notices in place, never toasts. */
export function toast(text: string, undo?: { readonly label?: string; run(): void }): void {
  sonner.custom((id) => (
    <div className="toast font-sans" role="status">
      <span className="grow cut">{text}</span>
      <Button
        look="quiet"
        small
        onClick={() => {
          sonner.dismiss(id)
          undo?.run()
        }}
      >
        <span className={undo ? 'acc' : ''}>{undo ? (undo.label ?? 'Undo') : 'Close'}</span>
      </Button>
    </div>
  ))
}
