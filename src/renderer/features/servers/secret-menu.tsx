import { ChevronDown, Key, Plus } from 'lucide-react'
import { useLive } from '../../store'
import { IconButton } from '../../ui/button'
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu'

interface SecretMenuProps {
  /** Of the header or variable that it is for. */
  readonly name: string
  onPick(secret: string): void
  onNew(): void
}

/** Secrets that are kept already, and the way to keep another. */
export function SecretMenu({ name, onPick, onNew }: SecretMenuProps) {
  const secrets = useLive('secrets').data?.secrets ?? []
  return (
    <Menu
      className="max-h-[280px] w-[260px] overflow-y-auto"
      trigger={<IconButton small label={name === '' ? 'Choose a secret' : `Choose a secret for ${name}`} icon={ChevronDown} />}
    >
      {secrets.map(({ name: secret, used_by }) => (
        <MenuItem
          key={secret}
          icon={Key}
          {...(used_by.length === 0 ? {} : { hint: `Used by ${used_by.join(', ')}` })}
          onSelect={() => onPick(secret)}
        >
          <span className="mono">{secret}</span>
        </MenuItem>
      ))}
      {secrets.length > 0 && <MenuSeparator />}
      <MenuItem icon={Plus} onSelect={onNew}>
        New secret…
      </MenuItem>
    </Menu>
  )
}
