import { Command } from 'cmdk'
import { Pause, Play, Search } from 'lucide-react'
import { useLocation } from 'wouter'
import { usePause } from './features/overview/pause'
import { pages } from './pages'
import { placeOf } from './place'
import { useLive } from './store'
import { copyText } from './ui/copy'
import { useFocusBack } from './ui/focus-back'
import { toast } from './ui/toast'

/** Servers, clients and tools that the palette finds; more than this are for the pages' own search. */
const mostTools = 500

/** Ctrl or Cmd with K: goes to pages, servers, clients and tools, and runs what can be run from everywhere. */
export function Palette({ open, onClose }: { readonly open: boolean; onClose(): void }) {
  useFocusBack(open)
  return (
    <Command.Dialog
      open={open}
      onOpenChange={(stays) => !stays && onClose()}
      label="Search or run"
      overlayClassName="scrim"
      contentClassName="fixed left-1/2 top-[12vh] z-10 w-[560px] max-w-[calc(100%-40px)] -translate-x-1/2"
      className="dialog raised w-full overflow-hidden"
    >
      <div className="row border-b border-line px-4">
        <Search className="i t3" aria-hidden />
        <Command.Input placeholder="Search or run" className="h-11 grow bg-transparent outline-none" />
      </div>
      <Found onClose={onClose} />
    </Command.Dialog>
  )
}

function Found({ onClose }: { onClose(): void }) {
  const [, go] = useLocation()
  const servers = useLive('servers').data ?? []
  const clients = useLive('clients').data ?? []
  const open = (path: string) => () => {
    go(path)
    onClose()
  }
  return (
    <Command.List className="scroll max-h-[360px] p-1 [&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-[11px] [&_[cmdk-group-heading]]:text-text-3">
      <Command.Empty className="t3 p-4 text-center">Nothing found</Command.Empty>
      <Actions onClose={onClose} />
      <Command.Group heading="Pages">
        {pages.map(({ path, title, icon: Icon }) => (
          <Entry key={path} value={`page ${title}`} onSelect={open(path)}>
            <Icon className="i" aria-hidden />
            {title}
          </Entry>
        ))}
      </Command.Group>
      <Command.Group heading="Servers">
        {servers.map(({ id, name }) => (
          <Entry key={id} value={`server ${name}`} onSelect={open(`/servers/${id}`)}>
            {name}
          </Entry>
        ))}
      </Command.Group>
      <Command.Group heading="Clients">
        {clients.map(({ id, name }) => (
          <Entry key={id} value={`client ${name} ${id}`} onSelect={open(`/clients/${id}`)}>
            {name}
          </Entry>
        ))}
      </Command.Group>
      <Tools onClose={onClose} />
    </Command.List>
  )
}

function Tools({ onClose }: { onClose(): void }) {
  const [, go] = useLocation()
  const tools = useLive('catalog').data?.tools ?? []
  return (
    <Command.Group heading="Tools">
      {tools.slice(0, mostTools).map(({ name, server, bare_name }) => (
        <Entry
          key={name}
          value={`tool ${name} ${name.replaceAll(/[_-]/g, ' ')}`}
          onSelect={() => {
            go(placeOf('/tools', name))
            onClose()
          }}
        >
          <span className="t3">{server}</span> {bare_name}
        </Entry>
      ))}
    </Command.Group>
  )
}

function Actions({ onClose }: { onClose(): void }) {
  const [, go] = useLocation()
  const { data: status } = useLive('status')
  const { paused, toggle } = usePause()
  const run = (action: () => void) => () => {
    action()
    onClose()
  }
  return (
    <Command.Group heading="Run">
      <Entry value="run pause resume all calls" onSelect={run(toggle)}>
        {paused ? <Play className="i" aria-hidden /> : <Pause className="i" aria-hidden />}
        {paused ? 'Resume calls' : 'Pause all calls'}
      </Entry>
      <Entry value="run add server" onSelect={run(() => go('/servers/add'))}>
        Add server…
      </Entry>
      <Entry value="run import servers" onSelect={run(() => go('/servers/import'))}>
        Import servers…
      </Entry>
      <Entry value="run connect an agent" onSelect={run(() => go('/clients/connect'))}>
        Connect an agent…
      </Entry>
      <Entry value="run copy endpoint" onSelect={run(() => void copyText(status?.endpoint ?? '').then(() => toast('Endpoint copied')))}>
        Copy endpoint
      </Entry>
    </Command.Group>
  )
}

const Entry = ({ value, onSelect, children }: { readonly value: string; onSelect(): void; readonly children: React.ReactNode }) => (
  <Command.Item value={value} onSelect={onSelect} className="mi aria-selected:bg-hover">
    {children}
  </Command.Item>
)
