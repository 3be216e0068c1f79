import { Layers, Plus } from 'lucide-react'
import { useState } from 'react'
import { useLocation, useRoute } from 'wouter'
import type { GroupRecord } from '../../../shared/records'
import { refresh, useLive } from '../../store'
import { Button } from '../../ui/button'
import { Empty, Loading, NothingMatches } from '../../ui/empty'
import { ErrorNotice } from '../../ui/notice'
import { count } from '../../ui/numbers'
import { Page, SearchField, Split } from '../../ui/page'
import { VirtualList } from '../../ui/virtual-list'
import { GroupPane } from './group-pane'
import { NewGroupDialog } from './new-group-dialog'

/** Named subsets of servers, each with an address of its own. */
export function GroupsPage() {
  const { data: groups, error } = useLive('groups')
  const [words, setWords] = useState('')
  const [adding, setAdding] = useState(false)
  const found = (groups ?? []).filter(({ name }) => name.toLowerCase().includes(words.toLowerCase()))
  return (
    <Page
      title="Groups"
      count={groups?.length}
      actions={
        <>
          <SearchField label="Search groups" value={words} onChange={setWords} found={found.length} />
          <Button look="primary" icon={Plus} onClick={() => setAdding(true)}>
            New group
          </Button>
        </>
      }
    >
      {error !== undefined && !groups && (
        <ErrorNotice title="The groups could not be read" error={error} onRetry={() => void refresh('groups')} />
      )}
      {!groups && error === undefined && <Loading />}
      {groups?.length === 0 && <NoGroups onAdd={() => setAdding(true)} />}
      {groups && groups.length > 0 && found.length === 0 && <NothingMatches what="No group matches" onClear={() => setWords('')} />}
      {found.length > 0 && <Browser groups={found} />}
      <NewGroupDialog open={adding} onClose={() => setAdding(false)} />
    </Page>
  )
}

function Browser({ groups }: { readonly groups: readonly GroupRecord[] }) {
  const [, go] = useLocation()
  const [, params] = useRoute('/groups/:id')
  const chosen = groups.find(({ id }) => id === params?.id) ?? groups[0]
  return (
    <Split className="grid-cols-[300px_minmax(0,1fr)]!">
      <VirtualList<GroupRecord>
        label="Groups"
        items={groups}
        keyOf={({ id }) => id}
        rowHeight={44}
        selected={chosen?.id ?? null}
        onSelect={({ id }) => go(`/groups/${id}`)}
        row={(group) => <Row group={group} />}
      />
      {chosen && <GroupPane key={chosen.id} group={chosen} />}
    </Split>
  )
}

function Row({ group }: { readonly group: GroupRecord }) {
  const clients = (useLive('clients').data ?? []).filter((client) => client.group === group.name)
  return (
    <div className="r tall grid-cols-[20px_minmax(0,1fr)_auto]!">
      <span className="tile" aria-hidden>
        <Layers className="i" />
      </span>
      <div className="cut">
        {group.name}
        <div className="small t3 cut">{count(group.member_server_ids.length, 'server')}</div>
      </div>
      <span className="small t3 num">{clients.length > 0 && count(clients.length, 'client')}</span>
    </div>
  )
}

const NoGroups = ({ onAdd }: { onAdd(): void }) => (
  <Empty
    icon={Layers}
    title="No groups yet"
    actions={
      <Button look="primary" icon={Plus} onClick={onAdd}>
        New group
      </Button>
    }
  >
    A group gives an agent only the servers that its work needs. It has an address of its own, and fewer tools cost less context.
  </Empty>
)
