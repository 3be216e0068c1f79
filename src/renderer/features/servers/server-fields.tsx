import { useWatch } from 'react-hook-form'
import type { Transport } from '../../../shared/records'
import { Field, TextInput } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import { Segmented } from '../../ui/tabs'
import { useFocusAfterMenu } from './after-menu'
import { AuthFields } from './auth-fields'
import { CommandFields } from './command-fields'
import { sharingOf } from './draft'
import { ImportPanel } from './import-panel'
import { MoreFields } from './more-fields'
import { PairsField } from './pairs-field'
import { PasteField } from './paste-field'
import { TestResult } from './test-result'
import type { Importing } from './use-import'
import type { Paste } from './use-paste'
import type { ServerFormState } from './use-server-form'

interface FieldsProps {
  readonly formId: string
  readonly form: ServerFormState
  /** Null where the form has something to begin with. */
  readonly paste: Paste | null
  readonly fromText: Importing
  onClose(): void
}

/** What is pasted, and below it the form that it fills; or the list, where it is more than one server. */
export function ServerFields({ formId, form, paste, fromText, onClose }: FieldsProps) {
  if (paste?.sources !== undefined)
    return (
      <>
        {fromText.result === null && <PasteField paste={paste} />}
        <ImportPanel importing={fromText} sources={paste.sources} error={undefined} onClose={onClose} />
      </>
    )
  return (
    <form
      id={formId}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        form.save()
      }}
    >
      {paste && <PasteField paste={paste} />}
      <Form form={form} isNew={paste !== null} />
    </form>
  )
}

const transports: readonly { readonly value: Transport; readonly label: string }[] = [
  { value: 'http', label: 'HTTP' },
  { value: 'sse', label: 'SSE' },
  { value: 'stdio', label: 'stdio' },
]

function Form({ form, isNew }: { readonly form: ServerFormState; readonly isNew: boolean }) {
  const { control, register, formState, setValue, setFocus } = form.fields
  useFocusAfterMenu(() => !isNew && setFocus('name'))
  const transport = useWatch({ control, name: 'transport' })
  const isRemote = transport === 'http' || transport === 'sse'
  const choose = (chosen: Transport) => {
    setValue('transport', chosen)
    setValue('sharing', sharingOf(chosen))
    form.test.cancel()
  }
  return (
    <>
      <div className={`grid grid-cols-2 gap-3 ${isNew ? 'mt-4' : ''}`}>
        <Field label="Name" hint="prefix of its tools" error={formState.errors.name?.message}>
          {(ties) => <TextInput {...ties} maxLength={48} {...register('name')} />}
        </Field>
        {transport !== 'builtin' && (
          <div className="field mt-0!">
            <span className="lab">Transport</span>
            <Segmented
              label="Transport"
              value={transport}
              choices={transports}
              onChange={choose}
              className="flex! [&>*]:grow [&>*]:justify-center"
            />
          </div>
        )}
      </div>
      {isRemote && (
        <Field label="URL" className="mt-3" error={formState.errors.url?.message}>
          {(ties) => <TextInput {...ties} mono placeholder="https://mcp.example.com/mcp" {...register('url')} />}
        </Field>
      )}
      {isRemote && <AuthFields form={form} />}
      {isRemote && <PairsField form={form} field="headers" />}
      {transport === 'stdio' && <CommandFields form={form} />}
      {transport === 'stdio' && <PairsField form={form} field="env" />}
      <MoreFields form={form} />
      <TestResult test={form.test} transport={transport} />
      {form.error !== undefined && (
        <div className="mt-3">
          <ErrorNotice title="It was not saved" error={form.error} />
        </div>
      )}
    </>
  )
}
