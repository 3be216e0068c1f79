import { useMemo } from 'react'
import type { ToolRow } from '../../../shared/catalog-rows'
import type { ServerView } from '../../../shared/records'
import { Badge } from '../../ui/badge'
import { VirtualList } from '../../ui/virtual-list'
import { VisibleText } from '../../ui/visible-text'
import { claimOf, fateOf } from './tool-words'

/** A server's name over its tools, or one of them. */
type Row =
  | {
      readonly kind: 'server'
      readonly name: string
      readonly shown: number
      readonly all: number
      readonly state: ServerView['state'] | undefined
    }
  | { readonly kind: 'tool'; readonly tool: ToolRow }

interface ToolListProps {
  readonly tools: readonly ToolRow[]
  /** All of the catalogue, to say how many of a server's are shown. */
  readonly all: readonly ToolRow[]
  readonly servers: readonly ServerView[]
  /** What was searched, to be marked. */
  readonly words: string
  readonly selected: string | null
  onSelect(tool: ToolRow): void
}

const keyOf = (row: Row) => (row.kind === 'tool' ? row.tool.name : `server ${row.name}`)

/** Every tool under its server. */
export function ToolList({ tools, all, servers, words, selected, onSelect }: ToolListProps) {
  const rows = useMemo(() => rowsOf(tools, all, servers), [tools, all, servers])
  return (
    <VirtualList<Row>
      className="tools"
      label="Tools"
      items={rows}
      keyOf={keyOf}
      rowHeight={36}
      selected={selected}
      onSelect={(row) => row.kind === 'tool' && onSelect(row.tool)}
      isHeading={({ kind }) => kind === 'server'}
      row={(row) => (row.kind === 'server' ? <Heading row={row} /> : <Line tool={row.tool} words={words} />)}
    />
  )
}

function rowsOf(tools: readonly ToolRow[], all: readonly ToolRow[], servers: readonly ServerView[]): readonly Row[] {
  const counts = new Map<string, number>()
  for (const { server } of all) counts.set(server, (counts.get(server) ?? 0) + 1)
  const byServer = new Map<string, ToolRow[]>()
  for (const tool of tools) {
    const own = byServer.get(tool.server)
    if (own) own.push(tool)
    else byServer.set(tool.server, [tool])
  }
  return [...byServer].flatMap(([name, own]): Row[] => [
    {
      kind: 'server',
      name,
      shown: own.length,
      all: counts.get(name) ?? own.length,
      state: servers.find((each) => each.name === name)?.state,
    },
    ...own.map((tool): Row => ({ kind: 'tool', tool })),
  ])
}

const stateWords: Readonly<Partial<Record<ServerView['state'], string>>> = {
  needs_login: 'needs login',
  needs_trust: 'needs trust',
  failed: 'not reachable',
  disabled: 'disabled',
}

function Heading({ row: { name, shown, all, state } }: { readonly row: Row & { kind: 'server' } }) {
  const said = state && stateWords[state]
  return (
    <div className="list-h grid-cols-[minmax(0,1fr)_auto]! mt-0!">
      <b className="cut">
        <VisibleText>{name}</VisibleText> {said && <span className="wait font-normal">{said}</span>}{' '}
        <span className="t3 num font-normal">{shown === all ? all : `${shown} of ${all}`}</span>
      </b>
      <span className="right">Tokens</span>
    </div>
  )
}

function Line({ tool, words }: { readonly tool: ToolRow; readonly words: string }) {
  const { icon: Icon, tone, word } = fateOf(tool)
  const claim = claimOf(tool)
  return (
    <div className="r grid-cols-[16px_minmax(0,1fr)_auto_40px]!">
      <Icon className={`i s ${tone}`} aria-label={word} />
      <span className={tool.hidden_by === null ? 'cut' : 'cut t3'}>
        <Marked text={tool.bare_name} words={words} />
      </span>
      <Badge tone={claim.tone} title={claim.why}>
        {claim.word}
      </Badge>
      <span className="right small t3 num">{tool.tokens.toLocaleString()}</span>
    </div>
  )
}

/** The searched words marked, where they are in the name. */
function Marked({ text, words }: { readonly text: string; readonly words: string }) {
  const at = words === '' ? -1 : text.toLowerCase().indexOf(words.toLowerCase())
  if (at < 0) return <VisibleText>{text}</VisibleText>
  const end = at + words.length
  return (
    <>
      <VisibleText>{text.slice(0, at)}</VisibleText>
      <span className="hit">
        <VisibleText>{text.slice(at, end)}</VisibleText>
      </span>
      <VisibleText>{text.slice(end)}</VisibleText>
    </>
  )
}
