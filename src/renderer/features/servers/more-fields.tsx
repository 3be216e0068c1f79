import { useWatch } from 'react-hook-form'
import { Field, Select, TextInput } from '../../ui/field'
import type { ServerFormState } from './use-server-form'

/** What most servers need not have set. */
export function MoreFields({ form }: { readonly form: ServerFormState }) {
  const { control, register, formState } = form.fields
  const { errors } = formState
  const transport = useWatch({ control, name: 'transport' })
  const isWrong = Boolean(errors.cwd ?? errors.timeout_seconds ?? errors.tags)
  return (
    <details className="mt-4" open={isWrong || undefined}>
      <summary className="small t2 w-max font-medium">
        {transport === 'stdio' ? 'Folder, time-out, connections, tags' : 'Time-out, connections, tags'}
      </summary>
      {transport === 'stdio' && (
        <Field label="Folder" hint="where it is started; empty: that of the gateway" className="mt-3" error={errors.cwd?.message}>
          {(ties) => <TextInput {...ties} mono placeholder="/home/me/code" {...register('cwd')} />}
        </Field>
      )}
      <div className="mt-3 grid grid-cols-[1fr_1.4fr_1.6fr] gap-3">
        <Field label="Time-out" hint="seconds" error={errors.timeout_seconds?.message}>
          {(ties) => (
            <TextInput {...ties} type="number" min={1} max={86_400} step="any" {...register('timeout_seconds', { valueAsNumber: true })} />
          )}
        </Field>
        <Field label="Connections" className="mt-0!">
          {(ties) => (
            <Select {...ties} {...register('sharing')}>
              <option value="per_session">One for each session</option>
              <option value="shared">One for all sessions</option>
            </Select>
          )}
        </Field>
        <Field label="Tags" hint="split by commas" className="mt-0!" error={errors.tags?.message}>
          {(ties) => <TextInput {...ties} {...register('tags')} />}
        </Field>
      </div>
    </details>
  )
}
