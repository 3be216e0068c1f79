import { ChevronDown, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useLive } from '../../store'
import { Button } from '../../ui/button'
import { Menu, MenuChoice } from '../../ui/menu'
import { Switch } from '../../ui/switch'
import { VisibleText } from '../../ui/visible-text'
import { outcomeChoices, spans, spanWords, type Filters } from './filters'

interface FilterBarProps {
  readonly filters: Filters
  onChange(filters: Filters): void
  readonly follow: boolean
  onFollow(follow: boolean): void
}

/** Client, server and a tool of it, outcome, time; and whether new calls push in. */
export function FilterBar({ filters, onChange, follow, onFollow }: FilterBarProps) {
  const clients = useLive('clients').data ?? []
  const servers = useLive('servers').data ?? []
  const named = (names: readonly string[]) => names.map((name) => ({ value: name, label: <VisibleText>{name}</VisibleText> }))
  return (
    <div className="row flex-wrap border-b border-line px-5 py-2">
      <Filter
        any="Any client"
        value={filters.client}
        choices={named(clients.map(({ name }) => name))}
        onChange={(client) => onChange({ ...filters, client })}
      />
      <Filter
        any="Any server"
        value={filters.server}
        choices={named(servers.map(({ name }) => name))}
        onChange={(server) => onChange({ ...filters, server, tool: null })}
      />
      {filters.server !== null && (
        <ToolFilter server={filters.server} value={filters.tool} onChange={(tool) => onChange({ ...filters, tool })} />
      )}
      <Filter
        any="Any outcome"
        value={filters.outcome}
        choices={outcomeChoices}
        onChange={(outcome) => onChange({ ...filters, outcome })}
      />
      <Filter
        any={spanWords.all}
        value={filters.span === 'all' ? null : filters.span}
        choices={spans.filter((span) => span !== 'all').map((value) => ({ value, label: spanWords[value] }))}
        onChange={(span) => onChange({ ...filters, span: span ?? 'all' })}
      />
      <label className="row small t3 ml-auto">
        <Switch aria-label="Follow new calls" checked={follow} onCheckedChange={onFollow} />
        Follow
      </label>
    </div>
  )
}

interface ToolFilterProps {
  readonly server: string
  readonly value: string | null
  onChange(tool: string | null): void
}

/** Tools that the server offers now. */
function ToolFilter({ server, value, onChange }: ToolFilterProps) {
  const tools = useLive('catalog').data?.tools ?? []
  const choices = tools
    .filter((tool) => tool.server === server)
    .map(({ bare_name }) => ({ value: bare_name, label: <VisibleText>{bare_name}</VisibleText> }))
  return <Filter any="Any tool" value={value} choices={choices} onChange={onChange} />
}

interface FilterProps<Value extends string> {
  /** Its words while everything is shown. */
  readonly any: string
  readonly value: Value | null
  readonly choices: readonly { readonly value: Value; readonly label: ReactNode }[]
  onChange(value: Value | null): void
}

function Filter<Value extends string>({ any, value, choices, onChange }: FilterProps<Value>) {
  const chosen = choices.find((choice) => choice.value === value)
  if (value !== null)
    return (
      <Button small className="chosen" aria-label={`${any}: no longer only ${value}`} onClick={() => onChange(null)}>
        {chosen?.label ?? <VisibleText>{value}</VisibleText>}
        <X className="i s" aria-hidden />
      </Button>
    )
  return (
    <Menu
      align="start"
      className="scroll max-h-[320px]"
      trigger={
        <Button small>
          {any}
          <ChevronDown className="i s t3" aria-hidden />
        </Button>
      }
    >
      {choices.length === 0 ? (
        <p className="mi t3">None yet</p>
      ) : (
        <MenuChoice<Value> value={'' as Value} choices={choices} onChange={(choice) => onChange(choice)} />
      )}
    </Menu>
  )
}
