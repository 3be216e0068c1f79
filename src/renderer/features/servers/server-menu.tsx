import { Copy, Ellipsis, Pause, Pencil, Play, RefreshCw, Trash2 } from 'lucide-react'
import type { ServerView } from '../../../shared/records'
import { IconButton } from '../../ui/button'
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu'
import type { ServerActions } from './use-server-actions'

interface MenuProps {
  readonly server: ServerView
  readonly actions: ServerActions
  onEdit(): void
  onCopy(): void
}

/** What can be done with a server, whatever its state. */
export const ServerMenu = ({ server, actions, onEdit, onCopy }: MenuProps) => (
  <Menu trigger={<IconButton label={`More for ${server.name}`} icon={Ellipsis} />} className="w-[240px]">
    <MenuItem icon={RefreshCw} disabled={!server.enabled || server.state === 'needs_trust'} onSelect={actions.retry}>
      {server.state === 'ready' ? 'Refresh its tools' : 'Reconnect'}
    </MenuItem>
    <MenuItem icon={Pencil} onSelect={onEdit}>
      Edit…
    </MenuItem>
    {server.transport !== 'builtin' && (
      <MenuItem icon={Copy} onSelect={onCopy}>
        Duplicate…
      </MenuItem>
    )}
    {server.enabled ? (
      <MenuItem icon={Pause} onSelect={() => actions.change({ enabled: false }, `${server.name} is disabled`)}>
        Disable
      </MenuItem>
    ) : (
      <MenuItem icon={Play} onSelect={() => actions.change({ enabled: true }, `${server.name} is enabled`)}>
        Enable
      </MenuItem>
    )}
    <MenuSeparator />
    <MenuItem icon={Trash2} bad onSelect={actions.remove}>
      Remove
    </MenuItem>
  </Menu>
)
