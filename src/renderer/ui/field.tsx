import { TriangleAlert } from 'lucide-react'
import type { InputHTMLAttributes, ReactNode, Ref, SelectHTMLAttributes, TextareaHTMLAttributes } from 'react'
import { useId } from 'react'
import { classes } from './classes'

interface FieldProps {
  readonly label: ReactNode
  /** Quiet words beside the label. */
  readonly hint?: ReactNode
  readonly required?: boolean
  readonly help?: ReactNode
  /** The sentence that mends it. */
  readonly error?: string | undefined
  readonly className?: string
  /** Gets the ids that tie it to label, help and error. */
  children(ties: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': boolean }): ReactNode
}

/** A control with its label, help and error, tied together for screen readers. */
export function Field({ label, hint, required, help, error, className, children }: FieldProps) {
  const id = useId()
  const note = error ?? help
  return (
    <div className={classes('field', className)}>
      <label className="lab" htmlFor={id}>
        {label} {required && <span className="req">*</span>} {hint && <span className="t3">{hint}</span>}
      </label>
      {children({ id, 'aria-describedby': note ? `${id}-note` : undefined, 'aria-invalid': error !== undefined })}
      {error !== undefined ? (
        <p className="help bad" id={`${id}-note`} role="alert">
          <TriangleAlert className="i s" aria-hidden />
          {error}
        </p>
      ) : (
        help && (
          <p className="help" id={`${id}-note`}>
            {help}
          </p>
        )
      )}
    </div>
  )
}

type WithRef<Props, Element> = Props & { readonly mono?: boolean; readonly ref?: Ref<Element> }
const inputClass = (mono: boolean | undefined, invalid: unknown, className: string | undefined) =>
  classes('in', mono && 'mono', (invalid === true || invalid === 'true') && 'is-bad', className)

export const TextInput = ({ mono, className, ...rest }: WithRef<InputHTMLAttributes<HTMLInputElement>, HTMLInputElement>) => (
  <input type="text" spellCheck={false} autoComplete="off" className={inputClass(mono, rest['aria-invalid'], className)} {...rest} />
)

export const TextArea = ({ mono, className, ...rest }: WithRef<TextareaHTMLAttributes<HTMLTextAreaElement>, HTMLTextAreaElement>) => (
  <textarea spellCheck={false} className={inputClass(mono, rest['aria-invalid'], className)} {...rest} />
)

/** The system's own list: it is native, and known to every keyboard and screen reader. */
export const Select = ({ mono, className, ...rest }: WithRef<SelectHTMLAttributes<HTMLSelectElement>, HTMLSelectElement>) => (
  <select className={inputClass(mono, rest['aria-invalid'], className)} {...rest} />
)
