import { ListFilter, Wrench } from 'lucide-react'
import { useDeferredValue, useMemo, useState } from 'react'
import { Link, useLocation, useRoute } from 'wouter'
import type { ToolRow } from '../../../shared/catalog-rows'
import { nameIn, placeOf } from '../../place'
import { refresh, useLive } from '../../store'
import { Button } from '../../ui/button'
import { Empty, Loading, NothingMatches } from '../../ui/empty'
import { Menu, MenuChoice } from '../../ui/menu'
import { ErrorNotice } from '../../ui/notice'
import { Page, SearchField, Split } from '../../ui/page'
import { VisibleText } from '../../ui/visible-text'
import { ToolList } from './tool-list'
import { ToolPane } from './tool-pane'

/** Every tool of every server: what it is, what happens when it is called, what it costs; and a place to try it. */
export function ToolsPage() {
  const { data: catalog, error } = useLive('catalog')
  const { server, name } = usePlace()
  const [, go] = useLocation()
  const [words, setWords] = useState('')
  const searched = useDeferredValue(words.trim())
  const all = catalog?.tools ?? []
  const tools = useMemo(() => found(all, searched, server), [all, searched, server])
  const show = (chosen: string | null) => go(chosen === null ? '/tools' : placeOf('/tools/in', chosen))
  const clear = () => {
    setWords('')
    show(null)
  }
  return (
    <Page
      title="Tools"
      count={all.length.toLocaleString()}
      actions={
        <>
          <SearchField label="Search tools" value={words} onChange={setWords} found={tools.length} />
          <ServerFilter value={server} onChange={show} />
        </>
      }
    >
      {error !== undefined && !catalog && (
        <ErrorNotice title="The tools could not be read" error={error} onRetry={() => void refresh('catalog')} />
      )}
      {!catalog && error === undefined && <Loading rows={8} />}
      {catalog && all.length === 0 && <NoTools />}
      {catalog && all.length > 0 && tools.length === 0 && <NothingMatches what="No tool matches" onClear={clear} />}
      {tools.length > 0 && <Browser tools={tools} all={all} words={searched} name={name} />}
    </Page>
  )
}

/** `/tools/in/SERVER` shows one server's, `/tools/NAME` one tool. */
function usePlace(): { readonly server: string | null; readonly name: string | null } {
  const [, inServer] = useRoute('/tools/in/:server')
  const [, tool] = useRoute('/tools/:name/*?')
  if (inServer) return { server: nameIn(inServer.server), name: null }
  return { server: null, name: tool ? nameIn(tool.name) : null }
}

/** Tools that every word is found in: what they and their servers are called, and what they say of themselves. */
function found(tools: readonly ToolRow[], words: string, server: string | null): readonly ToolRow[] {
  const wanted = words.toLowerCase().split(/\s+/)
  return tools.filter((tool) => {
    const text = `${tool.server} ${tool.name} ${tool.description ?? ''}`.toLowerCase()
    return (server === null || tool.server === server) && wanted.every((word) => text.includes(word))
  })
}

function ServerFilter({ value, onChange }: { readonly value: string | null; onChange(server: string | null): void }) {
  const servers = useLive('servers').data ?? []
  const choices = [
    { value: '', label: 'All servers' },
    ...servers.map(({ name }) => ({ value: name, label: <VisibleText>{name}</VisibleText> })),
  ]
  return (
    <Menu
      className="scroll max-h-[360px]"
      trigger={<Button icon={ListFilter}>{value === null ? 'All servers' : <VisibleText>{value}</VisibleText>}</Button>}
    >
      <MenuChoice value={value ?? ''} choices={choices} onChange={(chosen) => onChange(chosen === '' ? null : chosen)} />
    </Menu>
  )
}

interface BrowserProps {
  readonly tools: readonly ToolRow[]
  readonly all: readonly ToolRow[]
  readonly words: string
  readonly name: string | null
}

function Browser({ tools, all, words, name }: BrowserProps) {
  const servers = useLive('servers').data ?? []
  const [, go] = useLocation()
  const [picked, setPicked] = useState<string | null>(null)
  const chosen = all.find((tool) => tool.name === (name ?? picked)) ?? tools[0]
  const select = (tool: ToolRow) => {
    setPicked(tool.name)
    // The address of one server's tools stays while they are walked through.
    if (name !== null) go(placeOf('/tools', tool.name))
  }
  return (
    <Split className="grid-cols-[minmax(0,11fr)_minmax(0,14fr)]!">
      <ToolList tools={tools} all={all} servers={servers} words={words} selected={chosen?.name ?? null} onSelect={select} />
      {chosen && <ToolPane key={chosen.name} row={chosen} />}
    </Split>
  )
}

const NoTools = () => (
  <Empty
    icon={Wrench}
    title="No tools yet"
    actions={
      <Link href="/servers" className="btn primary">
        Add a server
      </Link>
    }
  >
    The tools of all your servers appear here, with what each costs and what happens when an agent calls it.
  </Empty>
)
