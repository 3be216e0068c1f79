import { Key, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { SecretView, VaultStatus } from '../../../shared/secrets'
import { api, messageOf } from '../../gateway'
import { refresh, useLive } from '../../store'
import { Button, IconButton } from '../../ui/button'
import { ConfirmDialog } from '../../ui/dialog'
import { Loading } from '../../ui/empty'
import { ErrorNotice, Notice } from '../../ui/notice'
import { Ago } from '../../ui/time'
import { toast } from '../../ui/toast'
import { VisibleText } from '../../ui/visible-text'
import { SecretDialog } from './secret-dialog'
import { Section } from './setting'

/** Names of the secrets, where they are kept, and who uses them. Values are never shown again. */
export function Secrets() {
  const { data, error } = useLive('secrets')
  const [editing, setEditing] = useState<string | null>(null)
  if (error !== undefined && !data)
    return <ErrorNotice title="The secrets could not be read" error={error} onRetry={() => void refresh('secrets')} />
  if (!data) return <Loading rows={2} />
  return (
    <Section title="Secrets">
      <Vault vault={data.vault} />
      <ul className="list p-0!" aria-label="Secrets">
        {data.secrets.map((secret) => (
          <Secret key={secret.name} secret={secret} onReplace={() => setEditing(secret.name)} />
        ))}
      </ul>
      {data.secrets.length === 0 && (
        <p className="small t3 py-2">
          None yet. Put a token here, and write <code>{'${keychain:NAME}'}</code> in a server’s headers or variables: the value itself
          stands nowhere else.
        </p>
      )}
      <Button icon={Plus} className="mt-2" disabled={data.vault.state !== 'ready'} onClick={() => setEditing('')}>
        Add a secret
      </Button>
      <SecretDialog name={editing} onClose={() => setEditing(null)} />
    </Section>
  )
}

const places: Readonly<Record<VaultStatus['kind'], string>> = {
  keychain: 'The system’s keychain',
  file: 'An encrypted file, because there is no keychain here',
  memory: 'Memory only: they are gone when the gateway ends',
  none: 'Nowhere: this gateway was given no place for secrets',
}

function Vault({ vault: { kind, state, detail } }: { readonly vault: VaultStatus }) {
  const well = state === 'ready' && kind === 'keychain'
  const title = state === 'ready' ? places[kind] : state === 'locked' ? 'The keychain is locked' : 'The place for secrets cannot be used'
  return (
    <Notice tone={well ? 'ok' : 'wait'} title={title} action={state === 'ready' ? undefined : <RetryButton />}>
      {detail ?? (well ? 'Unlocked, and used by this gateway under the name fast-gateway.' : '')}
    </Notice>
  )
}

const RetryButton = () => (
  <Button small onClick={() => void refresh('secrets')}>
    Try again
  </Button>
)

function Secret({ secret: { name, updated_at, used_by }, onReplace }: { readonly secret: SecretView; onReplace(): void }) {
  const [asking, setAsking] = useState(false)
  const [error, setError] = useState<string>()
  const remove = () =>
    void api.admin.secrets[':name'].$delete({ param: { name } }).then(
      () => {
        toast(`${name} removed`)
        return refresh('secrets')
      },
      (thrown: unknown) => setError(messageOf(thrown)),
    )
  const users = used_by.join(', ')
  return (
    <li>
      <div className="r tall grid-cols-[20px_minmax(0,1fr)_auto_auto_auto]! px-0!">
        <Key className="i t3" aria-hidden />
        <div className="cut">
          <code>{name}</code>
          <div className="small t3 cut">
            <VisibleText>{used_by.length === 0 ? 'No server uses it' : `Used by ${users}`}</VisibleText>
          </div>
        </div>
        <span className="small t3">{updated_at !== null && <Ago at={updated_at} suffix=" ago" />}</span>
        <Button small onClick={onReplace}>
          Replace…
        </Button>
        <IconButton label={`Remove ${name}`} icon={Trash2} small bad onClick={() => setAsking(true)} />
      </div>
      {error !== undefined && <ErrorNotice title="It was not removed" error={error} />}
      <ConfirmDialog open={asking} onClose={() => setAsking(false)} title={`Remove ${name}`} confirm="Remove" onConfirm={remove}>
        Its value is gone for good; nobody can read it back.{' '}
        {used_by.length > 0 && `${users} will fail until it is set again or no longer referred to.`}
      </ConfirmDialog>
    </li>
  )
}
