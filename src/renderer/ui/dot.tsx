/** Shapes as well as colours, so that a state can be read without colour. */
export type DotState = 'ok' | 'busy' | 'wait' | 'degraded' | 'bad' | 'off'

/** A state's mark; its word stands near by, and is its name for screen readers. */
export const Dot = ({ state, label }: { readonly state: DotState; readonly label: string }) => (
  <span className={`dot ${state}`} role="img" aria-label={label} />
)
