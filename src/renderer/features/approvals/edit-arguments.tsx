import { TriangleAlert } from 'lucide-react'
import { useMemo, useState } from 'react'
import { messageOf } from '../../gateway'
import { Button } from '../../ui/button'
import { TextArea } from '../../ui/field'
import { flawsOf, type Arguments, type JsonSchema } from '../tools/check-arguments'

/** What edited text says, and what is wrong with it, one sentence each; none: it may be sent. */
export function readEdited(
  text: string,
  schema: JsonSchema | undefined,
): { readonly value?: Arguments; readonly flaws: readonly string[] } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (thrown) {
    return { flaws: [`This is not JSON: ${messageOf(thrown)}`] }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { flaws: ['Arguments are one object: { … }.'] }
  // The gateway checks again, with what the page leaves out.
  return { value: value as Arguments, flaws: flawsOf(value as Arguments, schema).map(({ key, text }) => `${key || 'arguments'}: ${text}`) }
}

/** The arguments as JSON, checked against the tool's schema with every key. */
export function EditArguments({
  values,
  schema,
  busy,
  onCancel,
  onApprove,
}: {
  readonly values: Arguments
  readonly schema: JsonSchema | undefined
  readonly busy: boolean
  onCancel(): void
  onApprove(values: Arguments): void
}) {
  const [text, setText] = useState(() => JSON.stringify(values, null, 2))
  const { value, flaws } = useMemo(() => readEdited(text, schema), [text, schema])
  return (
    <div className="flex min-h-0 grow flex-col gap-2 border-y border-line p-4">
      <label htmlFor="edited-arguments" className="sect">
        Arguments <span className="t3">checked against the tool’s schema</span>
      </label>
      <TextArea
        id="edited-arguments"
        mono
        autoFocus
        className="min-h-[120px] grow"
        value={text}
        aria-invalid={flaws.length > 0}
        aria-describedby="edited-flaws"
        onChange={(event) => setText(event.target.value)}
      />
      <ul id="edited-flaws" role="status" className="min-h-4">
        {flaws.map((flaw) => (
          <li key={flaw} className="help bad">
            <TriangleAlert className="i s" aria-hidden />
            {flaw}
          </li>
        ))}
      </ul>
      <div className="grid grid-cols-2 gap-2">
        <Button onClick={onCancel}>Back</Button>
        <Button look="primary" disabled={busy || flaws.length > 0 || value === undefined} onClick={() => value && onApprove(value)}>
          Approve with these
        </Button>
      </div>
    </div>
  )
}
