import { useState } from 'react'
import type { ServerView } from '../../../shared/records'
import { api, messageOf, read } from '../../gateway'
import { refresh, useLive } from '../../store'
import { Button } from '../../ui/button'
import { Field } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import { TagInput } from '../../ui/tag-input'
import { toast } from '../../ui/toast'
import { rulesProblem, toolsLeft, type AccessRules } from './access-rules'

const save = (id: string, { allow, deny }: AccessRules) =>
  read(api.admin.servers[':id'].$patch({ param: { id }, json: { allow: [...allow], deny: [...deny] } })).then(() => refresh('servers'))

/** The allow and deny lists of a server, with how many of its tools they leave. */
export function EditRules({ server, onDone }: { readonly server: ServerView; onDone(): void }) {
  const [rules, setRules] = useState<AccessRules>(server)
  const [error, setError] = useState<string>()
  const tools = (useLive('catalog').data?.tools ?? []).filter(({ server_id }) => server_id === server.id)
  const left = toolsLeft(rules, tools)
  const before: AccessRules = server
  const send = () =>
    void save(server.id, rules).then(
      () => {
        toast(`Rules of ${server.name} changed`, {
          run: () => void save(server.id, before).catch((thrown: unknown) => toast(messageOf(thrown))),
        })
        onDone()
      },
      (thrown: unknown) => setError(messageOf(thrown)),
    )
  return (
    <div className="mt-3">
      <List label="Allow" hint="empty: everything" value={rules.allow} onChange={(allow) => setRules({ ...rules, allow })} />
      <List label="Deny" hint="wins over allow" value={rules.deny} onChange={(deny) => setRules({ ...rules, deny })} />
      <p className="help">
        Globs on the server’s own names: <code>read_*</code>, <code>{'{get,list}_*'}</code>. <code>prompt:</code> and <code>resource:</code>{' '}
        before one narrow it to these.
      </p>
      {error !== undefined && <ErrorNotice title="The rules were not taken" error={error} />}
      <div className="row mt-3">
        <span className="small t2 num grow" role="status">
          {left !== null && `${left} of ${tools.length} tools stay`}
        </span>
        <Button small onClick={onDone}>
          Cancel
        </Button>
        <Button small look="primary" disabled={left === null} onClick={send}>
          Save rules
        </Button>
      </div>
    </div>
  )
}

interface ListProps {
  readonly label: string
  readonly hint: string
  readonly value: readonly string[]
  onChange(value: readonly string[]): void
}

const List = ({ label, hint, value, onChange }: ListProps) => (
  <Field label={label} hint={hint} error={rulesProblem(value) ?? undefined}>
    {({ id, 'aria-describedby': describedBy }) => <TagInput id={id} aria-describedby={describedBy} value={value} onChange={onChange} />}
  </Field>
)
