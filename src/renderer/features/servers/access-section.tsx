import { useState } from 'react'
import { Link } from 'wouter'
import type { ServerView } from '../../../shared/records'
import { useLive } from '../../store'
import { Button } from '../../ui/button'
import { count, short } from '../../ui/numbers'
import { VisibleText } from '../../ui/visible-text'
import { EditRules } from './edit-rules'

/** Who sees what of a server: groups, tools, and the rules that narrow it for everybody. */
export function AccessSection({ server }: { readonly server: ServerView }) {
  const [editing, setEditing] = useState(false)
  return (
    <div>
      <h2 className="sect">
        Access
        {!editing && (
          <Button small look="quiet" className="end" onClick={() => setEditing(true)}>
            Edit rules
          </Button>
        )}
      </h2>
      <dl className="dl">
        <dt>Groups</dt>
        <dd>
          <Groups server={server} />
        </dd>
        <dt>Tools</dt>
        <dd>
          <Tools server={server} />
        </dd>
        {!editing && (
          <>
            <dt>Allow</dt>
            <dd>
              <Patterns patterns={server.allow} none="Everything" />
            </dd>
            <dt>Deny</dt>
            <dd>
              <Patterns patterns={server.deny} none="Nothing" />
            </dd>
          </>
        )}
      </dl>
      {editing && <EditRules server={server} onDone={() => setEditing(false)} />}
    </div>
  )
}

function Groups({ server }: { readonly server: ServerView }) {
  const groups = (useLive('groups').data ?? []).filter(({ member_server_ids }) => member_server_ids.includes(server.id))
  if (groups.length === 0) return <span className="t3">In none; clients without a group see it</span>
  return (
    <span className="pick">
      {groups.map(({ id, name }) => (
        <Link key={id} href={`/groups/${id}`} className="badge">
          {name}
        </Link>
      ))}
    </span>
  )
}

function Tools({ server }: { readonly server: ServerView }) {
  const rows = (useLive('catalog').data?.tools ?? []).filter(({ server_id }) => server_id === server.id)
  const exposed = rows.filter(({ hidden_by }) => hidden_by === null)
  const tokens = exposed.reduce((sum, row) => sum + row.tokens, 0)
  if (server.tool_count === 0) return <span className="t3">None known yet</span>
  return (
    <span className="num">
      {server.tool_count.toLocaleString()} known, {exposed.length.toLocaleString()} exposed{' '}
      <span className="t3">· {short(tokens)} tokens ·</span>{' '}
      <Link href={`/tools/in/${encodeURIComponent(server.name)}`} aria-label={`Show ${count(server.tool_count, 'tool')} of ${server.name}`}>
        Show
      </Link>
    </span>
  )
}

function Patterns({ patterns, none }: { readonly patterns: readonly string[]; readonly none: string }) {
  if (patterns.length === 0) return <span className="t3">{none}</span>
  return (
    <span className="pick">
      {patterns.map((pattern) => (
        <code key={pattern}>
          <VisibleText>{pattern}</VisibleText>
        </code>
      ))}
    </span>
  )
}
