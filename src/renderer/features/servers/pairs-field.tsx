import { Key, Plus, X } from 'lucide-react'
import { useState } from 'react'
import { useController, useFieldArray, useWatch } from 'react-hook-form'
import { Button, IconButton } from '../../ui/button'
import { TextInput } from '../../ui/field'
import { SettingValue } from '../../ui/secret'
import { NewSecret } from './new-secret'
import { holdsSecret, secretIn, withReference } from './references'
import { SecretMenu } from './secret-menu'
import type { ServerFormState } from './use-server-form'

const words = {
  headers: { title: 'Headers', add: 'Add header', noun: 'header', placeholder: 'Authorization' },
  env: { title: 'Environment', add: 'Add variable', noun: 'variable', placeholder: 'API_KEY' },
} as const

type ListField = keyof typeof words

/** Names and values, with secrets as references to the keychain. */
export function PairsField({ form, field }: { readonly form: ServerFormState; readonly field: ListField }) {
  const { fields, append, remove } = useFieldArray({ control: form.fields.control, name: field })
  const { title, add } = words[field]
  return (
    <div className="field mt-3">
      <span className="lab">
        {title} <span className="t3">secrets stay in the keychain</span>
      </span>
      {fields.length > 0 && (
        <ul className="panel [&>li+li]:border-t [&>li]:border-line" aria-label={title}>
          {fields.map(({ id }, index) => (
            <PairRow key={id} form={form} field={field} index={index} onRemove={() => remove(index)} />
          ))}
        </ul>
      )}
      <Button look="quiet" small icon={Plus} className="mt-1 -ml-2" onClick={() => append({ name: '', value: '' })}>
        {add}
      </Button>
    </div>
  )
}

interface RowProps {
  readonly form: ServerFormState
  readonly field: ListField
  readonly index: number
  onRemove(): void
}

function PairRow({ form, field, index, onRemove }: RowProps) {
  const { control, register, getFieldState, formState } = form.fields
  const [creating, setCreating] = useState(false)
  const { field: value } = useController({ control, name: `${field}.${index}.value` })
  const name = useWatch({ control, name: `${field}.${index}.name` })
  const { noun, placeholder } = words[field]
  const nameError = getFieldState(`${field}.${index}.name`, formState).error?.message
  const error = nameError ?? getFieldState(`${field}.${index}.value`, formState).error?.message
  const isRaw = holdsSecret(name, value.value)
  const refer = (secret: string) => {
    value.onChange(withReference(field === 'headers' ? name : '', value.value, secret))
    setCreating(false)
  }
  return (
    <li className="px-3 py-2">
      <div className="row">
        <Key className="i t3" aria-hidden />
        <TextInput
          mono
          className="w-[152px]!"
          aria-label={`Name of ${noun} ${index + 1}`}
          aria-invalid={nameError !== undefined}
          placeholder={placeholder}
          {...register(`${field}.${index}.name`)}
        />
        <Value
          label={`Value of ${name === '' ? `${noun} ${index + 1}` : name}`}
          value={value.value}
          onChange={value.onChange}
          invalid={error !== undefined}
        />
        <SecretMenu name={name} onPick={refer} onNew={() => setCreating(true)} />
        <IconButton small label={`Remove ${name === '' ? noun : name}`} icon={X} onClick={onRemove} />
      </div>
      {error !== undefined && (
        <p className="help bad" role="alert">
          {error}
        </p>
      )}
      {isRaw && !creating && (
        <p className="small row mt-1 text-wait-text">
          <span className="grow">This looks like a secret. The gateway takes a reference to it, not the secret itself.</span>
          <Button small onClick={() => setCreating(true)}>
            Keep it in the keychain…
          </Button>
        </p>
      )}
      {creating && (
        <NewSecret
          server={form.fields.getValues('name')}
          field={name}
          value={secretIn(value.value)}
          onDone={refer}
          onCancel={() => setCreating(false)}
        />
      )}
    </li>
  )
}

interface ValueProps {
  readonly label: string
  readonly value: string
  readonly invalid: boolean
  onChange(value: string): void
}

/** References are pills until somebody edits the value. */
function Value({ label, value, invalid, onChange }: ValueProps) {
  const [editing, setEditing] = useState(false)
  if (!editing && /\$\{(?:keychain|env|file|var):/.test(value))
    return (
      <button type="button" className="in mono w-0! grow cursor-text" aria-label={`${label}: ${value}`} onClick={() => setEditing(true)}>
        <SettingValue value={value} />
      </button>
    )
  return (
    <TextInput
      mono
      className="w-0! grow"
      aria-label={label}
      aria-invalid={invalid}
      autoFocus={editing}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      onFocus={() => setEditing(true)}
      onBlur={() => setEditing(false)}
    />
  )
}
