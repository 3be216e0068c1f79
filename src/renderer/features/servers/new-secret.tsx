import { useRef, useState } from 'react'
import { secretName, type VaultStatus } from '../../../shared/secrets'
import { api, messageOf, read } from '../../gateway'
import { refresh, useLive } from '../../store'
import { Button } from '../../ui/button'
import { Field, TextInput } from '../../ui/field'
import { ErrorNotice, Notice } from '../../ui/notice'
import { useFocusAfterMenu } from './after-menu'
import { secretNameFor } from './references'

interface NewSecretProps {
  /** Server and header or variable that it is for: they give it a name. */
  readonly server: string
  readonly field: string
  readonly value: string
  /** With its name, once it is kept. */
  onDone(secret: string): void
  onCancel(): void
}

const places: Readonly<Record<VaultStatus['kind'], string>> = {
  keychain: 'in the system’s keychain',
  file: 'in an encrypted file',
  memory: 'in memory, until the gateway ends',
  none: 'nowhere: no keychain is open',
}

/** Puts a secret into the vault; its value is never shown again. */
export function NewSecret({ server, field, value: given, onDone, onCancel }: NewSecretProps) {
  const { data } = useLive('secrets')
  const taken = data?.secrets.map((each) => each.name) ?? []
  const [name, setName] = useState(() => secretNameFor(server, field, taken))
  const [value, setValue] = useState(given)
  const [error, setError] = useState<string>()
  const input = useRef<HTMLInputElement>(null)
  useFocusAfterMenu(() => input.current?.focus())
  const nameFlaw =
    secretName.safeParse(name).error?.issues[0]?.message ?? (taken.includes(name) ? 'There is a secret of this name already.' : undefined)
  const keep = () =>
    void read(api.admin.secrets[':name'].$put({ param: { name }, json: { value } })).then(
      () => {
        onDone(name)
        return refresh('secrets')
      },
      (thrown: unknown) => setError(messageOf(thrown)),
    )
  return (
    <fieldset className="mt-2 min-w-0 border-0 p-0">
      <legend className="vh">New secret</legend>
      <div className="grid grid-cols-2 gap-3">
        <Field label="Name of the secret" error={nameFlaw}>
          {(ties) => <TextInput {...ties} mono maxLength={128} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="Value" hint="never shown again" className="mt-0!">
          {(ties) => (
            <TextInput
              {...ties}
              mono
              type="password"
              ref={input}
              autoComplete="new-password"
              value={value}
              onChange={(event) => setValue(event.target.value)}
            />
          )}
        </Field>
      </div>
      {data && data.vault.state !== 'ready' && (
        <Notice tone="wait" title="The keychain does not answer">
          {data.vault.detail}
        </Notice>
      )}
      {error !== undefined && <ErrorNotice title="The secret was not kept" error={error} />}
      <div className="row mt-2">
        <span className="small t3 grow">{data && `Kept ${places[data.vault.kind]}.`}</span>
        <Button small onClick={onCancel}>
          Cancel
        </Button>
        <Button small look="primary" disabled={nameFlaw !== undefined || value === ''} onClick={keep}>
          Keep secret
        </Button>
      </div>
    </fieldset>
  )
}
