import { X } from 'lucide-react'
import { useState, type KeyboardEvent } from 'react'
import { Badge } from './badge'

interface TagInputProps {
  readonly id?: string
  readonly 'aria-describedby'?: string | undefined
  readonly value: readonly string[]
  /** @returns false when that is not taken: what was typed stays, to be mended */
  onChange(value: readonly string[]): boolean | void
}

/** Several texts in one control: Enter adds, Backspace in an empty one takes the last away. */
export function TagInput({ value, onChange, ...ties }: TagInputProps) {
  const [text, setText] = useState('')
  const add = () => {
    if (text === '' || onChange([...value, text]) !== false) setText('')
  }
  const hear = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && text !== '') {
      event.preventDefault()
      add()
    } else if (event.key === 'Backspace' && text === '') onChange(value.slice(0, -1))
  }
  return (
    <span className="in h-auto! min-h-[28px] flex-wrap gap-1! py-0.5 pl-1!">
      {value.map((tag, index) => (
        <Badge key={`${index} ${tag}`} className="max-w-full">
          <span className="cut">{tag}</span>
          <button type="button" aria-label={`Remove ${tag}`} onClick={() => onChange(value.filter((_, at) => at !== index))}>
            <X className="i" aria-hidden />
          </button>
        </Badge>
      ))}
      <input
        {...ties}
        className="min-w-[64px] grow bg-transparent outline-none"
        placeholder="Add…"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={hear}
        onBlur={add}
      />
    </span>
  )
}
