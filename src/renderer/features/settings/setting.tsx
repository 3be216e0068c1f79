import { useId, type ReactNode } from 'react'
import { ErrorNotice } from '../../ui/notice'

/** A part of the settings. */
export const Section = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <section aria-label={title} className="border-b border-line py-4 last:border-0">
    <h2 className="sect">{title}</h2>
    {children}
  </section>
)

interface SettingProps {
  readonly label: string
  readonly help?: ReactNode
  readonly error?: string | undefined
  /** Gets the ids that tie it to its words. */
  children(ties: { readonly id: string; readonly 'aria-describedby': string; readonly 'aria-label': string }): ReactNode
}

/** One setting: its words at the left, its control at the right. */
export function Setting({ label, help, error, children }: SettingProps) {
  const id = useId()
  return (
    <div className="py-2">
      <div className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-4">
        <div>
          <label htmlFor={id}>{label}</label>
          <p id={`${id}-help`} className="small t3 wrap-anywhere">
            {help}
          </p>
        </div>
        <div className="row justify-end">{children({ id, 'aria-describedby': `${id}-help`, 'aria-label': label })}</div>
      </div>
      {error !== undefined && (
        <div className="mt-2">
          <ErrorNotice title="That was not taken" error={error} />
        </div>
      )}
    </div>
  )
}
