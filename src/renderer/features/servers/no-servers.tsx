import { Download, Server } from 'lucide-react'
import { Button } from '../../ui/button'
import { Empty } from '../../ui/empty'
import { useImportSources } from './use-import-sources'

/** The first step, where there is no server yet. */
export function NoServers({ onImport, onAdd }: { onImport(): void; onAdd(): void }) {
  const { sources } = useImportSources(true)
  const found = sources?.flatMap(({ candidates }) => candidates).length ?? 0
  return (
    <Empty
      icon={Server}
      title="No servers yet"
      actions={
        <>
          {found > 0 && (
            <Button look="primary" icon={Download} onClick={onImport}>
              Import {found} found
            </Button>
          )}
          <Button look={found > 0 ? 'default' : 'primary'} onClick={onAdd}>
            Add one
          </Button>
        </>
      }
    >
      Paste a URL or a command, or take over what your agents already use.
    </Empty>
  )
}
