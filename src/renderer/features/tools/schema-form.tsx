import { Field, Select, TextArea, TextInput } from '../../ui/field'
import { TagInput } from '../../ui/tag-input'
import { VisibleText } from '../../ui/visible-text'
import { kindWords, type FieldValue, type SchemaField } from './schema-fields'

interface SchemaFormProps {
  readonly fields: readonly SchemaField[]
  readonly values: readonly FieldValue[]
  /** What is wrong with each, in the order of the fields. */
  readonly flaws: readonly (string | undefined)[]
  onChange(index: number, value: FieldValue): void
}

/** A control for each property of a schema. Names and descriptions are the server's words. */
export const SchemaForm = ({ fields, values, flaws, onChange }: SchemaFormProps) => (
  <div className="grid gap-3">
    {fields.map((field, index) => (
      <SchemaControl
        key={field.path.join('\n')}
        field={field}
        value={values[index] ?? ''}
        flaw={flaws[index]}
        onChange={(value) => onChange(index, value)}
      />
    ))}
  </div>
)

interface ControlProps {
  readonly field: SchemaField
  readonly value: FieldValue
  readonly flaw: string | undefined
  onChange(value: FieldValue): void
}

const SchemaControl = ({ field, value, flaw, onChange }: ControlProps) => (
  <Field
    label={<VisibleText>{field.path.join(' › ')}</VisibleText>}
    hint={kindWords[field.kind]}
    required={field.required}
    help={field.description !== null && <VisibleText>{field.description.slice(0, 300)}</VisibleText>}
    error={flaw}
  >
    {(ties) => <Control field={field} value={value} onChange={onChange} ties={ties} />}
  </Field>
)

/** Rows of a text that is written in lines. */
const longRows = 3

function Control({
  field: { kind, choices, required },
  value,
  onChange,
  ties,
}: Omit<ControlProps, 'flaw'> & { readonly ties: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': boolean } }) {
  if (kind === 'list')
    return (
      <TagInput id={ties.id} aria-describedby={ties['aria-describedby']} value={Array.isArray(value) ? value : []} onChange={onChange} />
    )
  const text = String(value)
  if (kind === 'choice' || kind === 'boolean')
    return (
      <Select {...ties} value={text} onChange={(event) => onChange(event.target.value)}>
        <option value="">{required ? 'Choose…' : 'Not given'}</option>
        {kind === 'boolean' && ['true', 'false'].map((each) => <option key={each}>{each}</option>)}
        {choices.map((choice, index) => (
          <option key={index} value={index}>
            {typeof choice === 'string' ? choice : JSON.stringify(choice)}
          </option>
        ))}
      </Select>
    )
  if (kind === 'json' || (kind === 'text' && text.includes('\n')))
    return <TextArea {...ties} mono={kind === 'json'} rows={longRows} value={text} onChange={(event) => onChange(event.target.value)} />
  return <TextInput {...ties} mono={kind !== 'text'} value={text} onChange={(event) => onChange(event.target.value)} />
}
