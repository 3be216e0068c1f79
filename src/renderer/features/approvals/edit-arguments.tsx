import { Validator, type Schema } from '@cfworker/json-schema'
import { TriangleAlert } from 'lucide-react'
import { useMemo, useState } from 'react'
import { Button } from '../../ui/button'
import { TextArea } from '../../ui/field'

type Arguments = Readonly<Record<string, unknown>>

/** What is wrong with edited arguments, one sentence each; none: they may be sent. Numbers that JSON cannot hold are text errors. */
export function flawsOf(
  text: string,
  schema: Readonly<Record<string, unknown>> | undefined,
): { readonly value?: Arguments; readonly flaws: readonly string[] } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (thrown) {
    return { flaws: [`This is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`] }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { flaws: ['Arguments are one object: { … }.'] }
  const checked = check(value as Arguments, schema)
  return { value: value as Arguments, flaws: checked }
}

function check(value: Arguments, schema: Readonly<Record<string, unknown>> | undefined): string[] {
  if (!schema) return []
  try {
    const { valid, errors } = new Validator(schema, '2020-12', false).validate(value)
    return valid
      ? []
      : errors.slice(0, 5).map(({ instanceLocation, error }) => `${instanceLocation.replace(/^#\/?/, '') || 'arguments'}: ${error}`)
  } catch {
    return [] // the gateway checks again, and says what is wrong with the schema
  }
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
  readonly schema: Readonly<Record<string, unknown>> | undefined
  readonly busy: boolean
  onCancel(): void
  onApprove(values: Arguments): void
}) {
  const [text, setText] = useState(() => JSON.stringify(values, null, 2))
  const { value, flaws } = useMemo(() => flawsOf(text, schema), [text, schema])
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
