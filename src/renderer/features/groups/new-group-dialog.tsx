import { zodResolver } from '@hookform/resolvers/zod'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { useLocation } from 'wouter'
import { GroupDraft } from '../../../shared/records'
import { messageOf } from '../../gateway'
import { useLive } from '../../store'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { Field, TextInput } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import { createGroup } from './group-actions'
import { MemberChoice } from './member-choice'

/** Name and members; everything else is set in the group's pane. */
export function NewGroupDialog({ open, onClose }: { readonly open: boolean; onClose(): void }) {
  return (
    <Dialog open={open} onClose={onClose} title="New group" description="A named subset of servers">
      {open && <NewGroup onClose={onClose} />}
    </Dialog>
  )
}

function NewGroup({ onClose }: { onClose(): void }) {
  const servers = useLive('servers').data ?? []
  const [, go] = useLocation()
  const [error, setError] = useState<string>()
  const { register, handleSubmit, formState, watch, setValue } = useForm<GroupDraft>({
    resolver: zodResolver(GroupDraft),
    defaultValues: { name: '', member_server_ids: [] },
  })
  const save = handleSubmit(async (draft) => {
    try {
      const { id } = await createGroup(draft)
      onClose()
      go(`/groups/${id}`)
    } catch (thrown) {
      setError(messageOf(thrown))
    }
  })
  return (
    <form onSubmit={(event) => void save(event)}>
      <Field label="Name" required help="Part of its address: letters, digits, - and _" error={formState.errors.name?.message}>
        {(ties) => <TextInput {...ties} mono autoFocus placeholder="work" {...register('name')} />}
      </Field>
      <h3 className="sect mt-4">Servers</h3>
      <MemberChoice
        servers={servers}
        members={watch('member_server_ids') ?? []}
        onChange={(members) => setValue('member_server_ids', [...members], { shouldDirty: true })}
      />
      {error !== undefined && <ErrorNotice title="The group was not made" error={error} />}
      <div className="row mt-4">
        <span className="grow" />
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" type="submit" disabled={formState.isSubmitting}>
          Make the group
        </Button>
      </div>
    </form>
  )
}
