import type { ServerView } from '../../../shared/records'
import { count } from '../../ui/numbers'
import { Checkbox } from '../../ui/switch'
import { Tile } from '../../ui/tile'
import { VisibleText } from '../../ui/visible-text'

interface MemberChoiceProps {
  readonly servers: readonly ServerView[]
  /** Ids of those that belong to it. */
  readonly members: readonly string[]
  onChange(members: readonly string[]): void
}

/** Every server, ticked where it is a member. */
export function MemberChoice({ servers, members, onChange }: MemberChoiceProps) {
  if (servers.length === 0) return <p className="small t3">There is no server yet.</p>
  const toggle = (id: string, isMember: boolean) => onChange(isMember ? [...members, id] : members.filter((member) => member !== id))
  return (
    <ul className="panel scroll max-h-[260px]" aria-label="Servers of the group">
      {servers.map(({ id, name, tool_count }) => (
        <li key={id}>
          <label className="r grid-cols-[16px_20px_minmax(0,1fr)_auto]! rounded-none">
            <Checkbox aria-label={name} checked={members.includes(id)} onCheckedChange={(checked) => toggle(id, checked === true)} />
            <Tile name={name} />
            <span className="cut">
              <VisibleText>{name}</VisibleText>
            </span>
            <span className="small t3 num">{count(tool_count, 'tool')}</span>
          </label>
        </li>
      ))}
    </ul>
  )
}
