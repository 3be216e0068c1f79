/** The arch and the call in it. */
export const Glyph = ({ size = 18 }: { readonly size?: number }) => (
  <svg className="glyph" width={size} height={size} viewBox="0 0 16 16" aria-hidden>
    <path d="M3 14V7.5a5 5 0 0 1 10 0V14" fill="none" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" />
    <circle cx="8" cy="9.5" r="2" fill="currentColor" />
  </svg>
)
