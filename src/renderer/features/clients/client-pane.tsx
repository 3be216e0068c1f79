import { Activity, ChevronDown, Ellipsis, RefreshCw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { AgentId } from '../../../shared/agents'
import type { Agent } from '../../../shared/connect-snippets'
import type { ClientView } from '../../../shared/records'
import { messageOf } from '../../gateway'
import { placeOf } from '../../place'
import { useLive } from '../../store'
import { Button, IconButton } from '../../ui/button'
import { ConfirmDialog } from '../../ui/dialog'
import { Menu, MenuChoice, MenuItem, MenuSeparator } from '../../ui/menu'
import { ErrorNotice, Notice } from '../../ui/notice'
import { count } from '../../ui/numbers'
import { Tile } from '../../ui/tile'
import { Ago } from '../../ui/time'
import { VisibleText } from '../../ui/visible-text'
import { capOf } from '../groups/caps'
import { useGroupCatalog } from '../groups/group-tools'
import { moveClient, removeClient, rotateToken } from './client-actions'
import { useFreshTokens } from './fresh-tokens'
import { agentFor, Snippets } from './snippets'
import { TokenNote } from './token-note'
import { WriteConfig } from './write-config'

/** One client: who it is, its token once, and how its agent is told of the gateway. */
export function ClientPane({ client }: { readonly client: ClientView }) {
  const [agent, setAgent] = useState<Agent>(() => agentFor(client.name))
  const [error, setError] = useState<string>()
  const token = useFreshTokens((tokens) => tokens[client.id])
  const attempt = (work: Promise<void>) =>
    void work.then(
      () => setError(undefined),
      (thrown: unknown) => setError(messageOf(thrown)),
    )
  const known = AgentId.safeParse(agent)
  return (
    <section className="pane scroll" aria-label={client.name}>
      <Head
        client={client}
        onMove={(group) => attempt(moveClient(client, group))}
        onRotate={() => attempt(rotateToken(client.id))}
        onRemove={() => attempt(removeClient(client))}
      />
      <div className="pad stack pt-0!">
        {error !== undefined && <ErrorNotice title="That was not taken" error={error} />}
        <TokenNote id={client.id} />
        <CapNote client={client} />
        <Snippets group={client.group} token={token} agent={agent} onAgent={setAgent} />
        {known.success && (
          <WriteConfig
            key={known.data}
            agent={known.data}
            group={client.group}
            token={token}
            onNewToken={() => attempt(rotateToken(client.id))}
          />
        )}
      </div>
    </section>
  )
}

interface HeadProps {
  readonly client: ClientView
  onMove(group: string | null): void
  onRotate(): void
  onRemove(): void
}

function Head({ client, onMove, onRotate, onRemove }: HeadProps) {
  const [, go] = useLocation()
  const [asking, setAsking] = useState<'rotate' | 'remove' | null>(null)
  return (
    <div className="pad row gap-3! pb-3!">
      <Tile name={client.name} large />
      <div className="grow cut">
        <h2 className="font-semibold">
          <VisibleText>{client.name}</VisibleText>
        </h2>
        <div className="small t2 cut">
          {client.group === null ? 'Sees every server' : `Group ${client.group}`}.{' '}
          {client.last_seen_at === null ? 'Never seen' : <Ago at={client.last_seen_at} suffix=" since it was seen" />}.
        </div>
      </div>
      <GroupMenu group={client.group} onMove={onMove} />
      <Button icon={RefreshCw} onClick={() => setAsking('rotate')}>
        New token…
      </Button>
      <Menu trigger={<IconButton label="More" icon={Ellipsis} />}>
        <MenuItem icon={Activity} onSelect={() => go(placeOf('/activity/client', client.name))}>
          Its activity
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={Trash2} bad onSelect={() => setAsking('remove')}>
          Remove…
        </MenuItem>
      </Menu>
      <ConfirmDialog
        open={asking === 'rotate'}
        onClose={() => setAsking(null)}
        title={`A new token for ${client.name}`}
        confirm="Make a new token"
        onConfirm={onRotate}
      >
        The token that it has now ends at once, and so do its sessions and its grants. It connects again when it has the new one.
      </ConfirmDialog>
      <ConfirmDialog
        open={asking === 'remove'}
        onClose={() => setAsking(null)}
        title={`Remove ${client.name}`}
        confirm="Remove"
        onConfirm={onRemove}
      >
        Its token and its sessions end at once. What it did stays in the activity.
      </ConfirmDialog>
    </div>
  )
}

function GroupMenu({ group, onMove }: { readonly group: string | null; onMove(group: string | null): void }) {
  const groups = useLive('groups').data ?? []
  const choices = [{ value: '', label: 'Every server' }, ...groups.map(({ name }) => ({ value: name, label: `Group ${name}` }))]
  return (
    <Menu
      trigger={
        <Button>
          {group === null ? 'Every server' : `Group: ${group}`}
          <ChevronDown className="i s t3" aria-hidden />
        </Button>
      }
    >
      <MenuChoice value={group ?? ''} choices={choices} onChange={(name) => onMove(name === '' ? null : name)} />
    </Menu>
  )
}

/** Warns where an agent is shown more tools than it takes in. */
function CapNote({ client }: { readonly client: ClientView }) {
  const cap = capOf(client.name)
  const { data: all } = useLive('catalog')
  const { data: own } = useGroupCatalog(client.group, client.group)
  const exposed = client.group === null ? all?.exposed : own?.exposed
  if (cap === null || exposed === undefined || exposed <= cap) return null
  return (
    <Notice
      tone="wait"
      title={`${client.name} uses the first ${cap} tools`}
      action={
        <Link href="/groups" className="btn sm">
          Trim
        </Link>
      }
    >
      It is shown {count(exposed, 'tool')}, so {exposed - cap} are invisible to it. Trim its group, or let it search with the three
      meta-tools (Settings).
    </Notice>
  )
}
