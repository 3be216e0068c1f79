import { useState } from 'react'
import { Button } from './button'
import { bytes } from './numbers'
import { VisibleText } from './visible-text'

/** Characters that are shown before the rest is asked for: a page of them is drawn at once. */
const shownChars = 20_000

/** Text as it is, of any length; foreign text is safe here. */
export function CodeBlock({ text, label }: { readonly text: string; readonly label?: string }) {
  const [whole, setWhole] = useState(false)
  const cut = text.length > shownChars && !whole
  return (
    <>
      <pre className="code max-h-[420px] overflow-auto wrap-anywhere whitespace-pre-wrap" tabIndex={0} aria-label={label}>
        <VisibleText>{cut ? text.slice(0, shownChars) : text}</VisibleText>
      </pre>
      {cut && (
        <Button small look="quiet" onClick={() => setWhole(true)}>
          Show all of {bytes(text.length)}
        </Button>
      )}
    </>
  )
}
