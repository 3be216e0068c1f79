import { Ellipsis, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { GroupPatch, GroupRecord } from '../../../shared/records'
import { messageOf } from '../../gateway'
import { useLive } from '../../store'
import { IconButton } from '../../ui/button'
import { CopyButton } from '../../ui/copy'
import { Field } from '../../ui/field'
import { Menu, MenuItem } from '../../ui/menu'
import { ErrorNotice } from '../../ui/notice'
import { TagInput } from '../../ui/tag-input'
import { toast } from '../../ui/toast'
import { Snippets } from '../clients/snippets'
import { rulesProblem } from '../servers/access-rules'
import { changeGroup, removeGroup } from './group-actions'
import { GroupTools } from './group-tools'
import { MemberChoice } from './member-choice'
import { RenameDialog } from './rename-dialog'

/** One group: its address, its servers and rules, and the tools that come of them. Every change is in force at once. */
export function GroupPane({ group }: { readonly group: GroupRecord }) {
  const servers = useLive('servers').data ?? []
  const [error, setError] = useState<string>()
  const attempt = (work: Promise<void>) =>
    void work.then(
      () => setError(undefined),
      (thrown: unknown) => setError(messageOf(thrown)),
    )
  const change = (patch: GroupPatch, words: string) => {
    const { id, ...before } = group
    const undo = () => void changeGroup(id, before).catch((thrown: unknown) => toast(messageOf(thrown)))
    attempt(changeGroup(id, patch).then(() => toast(words, { run: undo })))
  }
  return (
    <section className="pane scroll" aria-label={group.name}>
      <Head group={group} onRemove={() => attempt(removeGroup(group))} />
      <div className="pad stack pt-0!">
        {error !== undefined && <ErrorNotice title="That was not taken" error={error} />}
        <section>
          <h3 className="sect">Servers</h3>
          <MemberChoice
            servers={servers}
            members={group.member_server_ids}
            onChange={(members) => change({ member_server_ids: [...members] }, `Servers of ${group.name} changed`)}
          />
        </section>
        <Rules group={group} onChange={(patch) => change(patch, `Rules of ${group.name} changed`)} />
        <GroupTools group={group} />
        <Snippets group={group.name} />
      </div>
    </section>
  )
}

function Head({ group, onRemove }: { readonly group: GroupRecord; onRemove(): void }) {
  const { data: status } = useLive('status')
  const [renaming, setRenaming] = useState(false)
  const address = `${status?.endpoint ?? ''}/g/${group.name}`
  return (
    <div className="pad row pb-3!">
      <div className="grow cut">
        <h2 className="cut text-(length:--fs-title) font-semibold">{group.name}</h2>
        <div className="row small t2">
          <code className="cut">{address}</code>
          <CopyButton text={address} label="Copy the group’s address" />
        </div>
      </div>
      <Menu trigger={<IconButton label="More" icon={Ellipsis} />}>
        <MenuItem icon={Pencil} onSelect={() => setRenaming(true)}>
          Rename…
        </MenuItem>
        <MenuItem icon={Trash2} bad hint="Its clients have to be moved first" onSelect={onRemove}>
          Remove
        </MenuItem>
      </Menu>
      <RenameDialog open={renaming} onClose={() => setRenaming(false)} group={group} />
    </div>
  )
}

function Rules({ group, onChange }: { readonly group: GroupRecord; onChange(patch: GroupPatch): void }) {
  return (
    <section>
      <h3 className="sect">
        Rules <span className="t3">narrow what the servers themselves let through</span>
      </h3>
      <div className="grid grid-cols-2 gap-3">
        <Patterns label="Allow" hint="empty: everything" value={group.allow} onChange={(allow) => onChange({ allow })} />
        <Patterns label="Deny" hint="wins over allow" value={group.deny} onChange={(deny) => onChange({ deny })} />
      </div>
      <p className="help">
        Globs on <code>server_tool</code>, such as <code>github_get_*</code>. Enter adds one.
      </p>
    </section>
  )
}

interface PatternsProps {
  readonly label: string
  readonly hint: string
  readonly value: readonly string[]
  onChange(value: string[]): void
}

/** A pattern that cannot be used is not sent: it stays where it was typed, with what is wrong. */
function Patterns({ label, hint, value, onChange }: PatternsProps) {
  const [problem, setProblem] = useState<string>()
  const take = (next: readonly string[]) => {
    const found = rulesProblem(next) ?? undefined
    setProblem(found)
    if (found === undefined) onChange([...next])
    return found === undefined
  }
  return (
    <Field label={label} hint={hint} error={problem} className="m-0!">
      {({ id, 'aria-describedby': describedBy }) => <TagInput id={id} aria-describedby={describedBy} value={value} onChange={take} />}
    </Field>
  )
}
