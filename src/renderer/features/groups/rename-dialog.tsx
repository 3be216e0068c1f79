import { useState, type FormEvent } from 'react'
import type { GroupRecord } from '../../../shared/records'
import { messageOf } from '../../gateway'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { Field, TextInput } from '../../ui/field'
import { changeGroup } from './group-actions'

/** A new name is a new address: agents that use the old one have to be told. */
export function RenameDialog({ open, onClose, group }: { readonly open: boolean; onClose(): void; readonly group: GroupRecord }) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Rename ${group.name}`}
      description="Gives the group another name and address"
      className="w-[440px]"
    >
      {open && <Rename group={group} onClose={onClose} />}
    </Dialog>
  )
}

function Rename({ group, onClose }: { readonly group: GroupRecord; onClose(): void }) {
  const [name, setName] = useState(group.name)
  const [error, setError] = useState<string>()
  const save = (event: FormEvent) => {
    event.preventDefault()
    changeGroup(group.id, { name }).then(onClose, (thrown: unknown) => setError(messageOf(thrown)))
  }
  return (
    <form onSubmit={save}>
      <Field
        label="Name"
        required
        help="Its address changes with it. Clients that are bound to it follow; their sessions end."
        error={error}
      >
        {(ties) => <TextInput {...ties} mono autoFocus value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <div className="row mt-4">
        <span className="grow" />
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" type="submit">
          Rename
        </Button>
      </div>
    </form>
  )
}
