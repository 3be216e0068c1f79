import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button, IconButton } from './button'

/** Who puts text on the clipboard: the app's main process, or a browser itself. Set once, at the start. */
let write: (text: string) => Promise<void> = (text) => navigator.clipboard.writeText(text)
export const copyBy = (writer: typeof write): void => void (write = writer)
export const copyText = (text: string): Promise<void> => write(text)

/** Milliseconds for which it says that it is done. */
const saidMs = 1500

/** Copies `text`; says so for a moment. With words a button, without an icon. */
export function CopyButton({
  text,
  label,
  words,
  small = true,
  look = 'quiet',
}: {
  readonly text: string
  /** What is copied, for screen readers: `Copy endpoint`. */
  readonly label: string
  readonly words?: string
  readonly small?: boolean
  readonly look?: 'default' | 'quiet' | 'primary'
}) {
  const [done, setDone] = useState(false)
  useEffect(() => {
    if (!done) return undefined
    const timer = setTimeout(() => setDone(false), saidMs)
    return () => clearTimeout(timer)
  }, [done])
  const copy = () => void copyText(text).then(() => setDone(true))
  if (words === undefined) return <IconButton label={done ? 'Copied' : label} icon={done ? Check : Copy} small={small} onClick={copy} />
  return (
    <Button look={look} small={small} icon={done ? Check : Copy} aria-label={label} onClick={copy}>
      {done ? 'Copied' : words}
    </Button>
  )
}
