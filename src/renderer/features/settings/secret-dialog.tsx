import { useState, type FormEvent } from 'react'
import { secretName } from '../../../shared/secrets'
import { api, messageOf, read } from '../../gateway'
import { refresh } from '../../store'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { Field, TextInput } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import { toast } from '../../ui/toast'

/** Sets a secret: `name` null is closed, '' a new one. */
export function SecretDialog({ name, onClose }: { readonly name: string | null; onClose(): void }) {
  const title = name === '' || name === null ? 'Add a secret' : `Replace ${name}`
  return (
    <Dialog open={name !== null} onClose={onClose} title={title} description="Puts a value into the keychain" className="w-[440px]">
      {name !== null && <SecretForm given={name} onClose={onClose} />}
    </Dialog>
  )
}

function SecretForm({ given, onClose }: { readonly given: string; onClose(): void }) {
  const [name, setName] = useState(given)
  const [value, setValue] = useState('')
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)
  const flaw = name === '' ? undefined : secretName.safeParse(name).error?.issues[0]?.message
  const save = (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    read(api.admin.secrets[':name'].$put({ param: { name }, json: { value } }))
      .then(() => {
        toast(`${name} is kept`)
        onClose()
        return refresh('secrets')
      })
      .catch((thrown: unknown) => setError(messageOf(thrown)))
      .finally(() => setBusy(false))
  }
  return (
    <form onSubmit={save}>
      {given === '' && (
        <Field label="Name" required help="As in ${keychain:NAME}" error={flaw}>
          {(ties) => (
            <TextInput {...ties} mono autoFocus placeholder="github_token" value={name} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
      )}
      <Field label="Value" required help="It is not shown again, here or anywhere.">
        {(ties) => (
          <TextInput
            {...ties}
            type="password"
            mono
            autoFocus={given !== ''}
            value={value}
            onChange={(event) => setValue(event.target.value)}
          />
        )}
      </Field>
      {error !== undefined && <ErrorNotice title="It was not kept" error={error} />}
      <div className="row mt-4">
        <span className="grow" />
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" type="submit" disabled={busy || name === '' || value === '' || flaw !== undefined}>
          Keep it
        </Button>
      </div>
    </form>
  )
}
