import { useEffect, useState } from 'react'
import { TextInput } from '../../ui/field'

interface NumberSettingProps {
  readonly id: string
  readonly 'aria-describedby': string
  readonly value: number | null
  /** What stands after it: `seconds`. */
  readonly unit?: string
  /** Shown where there is none, if none is allowed. */
  readonly none?: string
  onChange(value: number | null): void
}

/** A number that is taken on Enter or when it is left; Escape puts the old one back. */
export function NumberSetting({ value, unit, none, onChange, ...ties }: NumberSettingProps) {
  const [text, setText] = useState(String(value ?? ''))
  useEffect(() => setText(String(value ?? '')), [value])
  const take = () => {
    const given = text.trim() === '' ? null : Number(text)
    const usable = given === null ? none !== undefined : Number.isFinite(given)
    if (!usable) setText(String(value ?? ''))
    else if (given !== value) onChange(given)
  }
  return (
    <>
      <TextInput
        {...ties}
        mono
        inputMode="numeric"
        className="w-24! text-right"
        placeholder={none}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key === 'Enter') take()
          if (event.key === 'Escape') setText(String(value ?? ''))
        }}
      />
      {unit !== undefined && <span className="small t3 w-14">{unit}</span>}
    </>
  )
}
