import { useState } from 'react'
import type { ServerView } from '../../../shared/records'
import { TextInput } from '../../ui/field'
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

/** So many are seen without scrolling. */
const mostWithoutSearch = 8

/** Every server, ticked where it is a member. */
export function MemberChoice({ servers, members, onChange }: MemberChoiceProps) {
  const [words, setWords] = useState('')
  if (servers.length === 0) return <p className="small t3">There is no server yet.</p>
  const found = servers.filter(({ name }) => name.toLowerCase().includes(words.trim().toLowerCase()))
  const toggle = (id: string, isMember: boolean) => onChange(isMember ? [...members, id] : members.filter((member) => member !== id))
  return (
    <>
      {servers.length > mostWithoutSearch && (
        <TextInput
          type="search"
          className="mb-2"
          aria-label="Search servers"
          placeholder={`Search ${servers.length} servers`}
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
      )}
      <ul className="panel scroll max-h-[260px]" aria-label="Servers of the group">
        {found.map((server) => (
          <Choice key={server.id} server={server} isMember={members.includes(server.id)} onToggle={toggle} />
        ))}
        {found.length === 0 && (
          <li className="r small t3">
            <span role="status">No server matches</span>
          </li>
        )}
      </ul>
    </>
  )
}

interface ChoiceProps {
  readonly server: ServerView
  readonly isMember: boolean
  onToggle(id: string, isMember: boolean): void
}

const Choice = ({ server: { id, name, tool_count }, isMember, onToggle }: ChoiceProps) => (
  <li>
    <label className="r grid-cols-[16px_20px_minmax(0,1fr)_auto]! rounded-none">
      <Checkbox aria-label={name} checked={isMember} onCheckedChange={(checked) => onToggle(id, checked === true)} />
      <Tile name={name} />
      <span className="cut">
        <VisibleText>{name}</VisibleText>
      </span>
      <span className="small t3 num">{count(tool_count, 'tool')}</span>
    </label>
  </li>
)
