import { useId, useState } from 'react'
import type { ServerDraft, ServerView } from '../../../shared/records'
import { Dialog } from '../../ui/dialog'
import { Segmented } from '../../ui/tabs'
import { FormFooter } from './form-footer'
import { ImportFooter, ImportPanel } from './import-panel'
import { ServerFields } from './server-fields'
import { useImport } from './use-import'
import { useImportSources } from './use-import-sources'
import { usePaste } from './use-paste'
import { useServerForm } from './use-server-form'

interface AddServerProps {
  readonly open: boolean
  /** What it opens with: fields, or what was found in the agents' configs. */
  readonly mode?: 'add' | 'import'
  /** The server that is changed; without one a new server is added. */
  readonly edited?: ServerView
  /** What a new server begins with. */
  readonly draft?: ServerDraft
  onClose(): void
  /** With the id of the server that was added or changed. */
  onAdded?(id: string): void
}

/** The one dialog for servers of every kind: paste, fill in or import; test; add. Each opening begins anew. */
export const AddServerDialog = (props: AddServerProps) => props.open && <Opened key={props.mode} {...props} />

function Opened({ mode: first = 'add', edited: known, draft, onClose, onAdded }: AddServerProps) {
  // As it was when this opened: what somebody else changes meanwhile is not changed back.
  const [edited] = useState(known)
  const [mode, setMode] = useState(first)
  const formId = useId()
  const isNew = edited === undefined
  const files = useImportSources(isNew)
  const fromFiles = useImport(files.sources)
  const form = useServerForm({
    edited,
    draft,
    onSaved(id) {
      onClose()
      onAdded?.(id)
    },
  })
  const paste = usePaste(form)
  const fromText = useImport(paste.sources, paste.text)
  const importing = mode === 'import' ? fromFiles : paste.sources === undefined ? null : fromText
  const found = fromFiles.found.length
  const footer = importing ? (
    <ImportFooter importing={importing} fromFiles={mode === 'import'} onClose={onClose} />
  ) : (
    <FormFooter form={form} formId={formId} edited={!isNew} onClose={onClose} />
  )
  const choices = [
    { value: 'add' as const, label: 'Paste or fill in' },
    { value: 'import' as const, label: <>Import {found > 0 && <span className="t3 num">{found}</span>}</> },
  ]
  return (
    <Dialog
      open
      onClose={onClose}
      isUnsaved={() => mode === 'add' && form.isChanged()}
      title={isNew ? 'Add server' : `Edit ${edited.name}`}
      head={
        isNew &&
        draft === undefined && <Segmented<'add' | 'import'> label="How to add servers" value={mode} choices={choices} onChange={setMode} />
      }
      footer={footer}
    >
      {mode === 'import' ? (
        <ImportPanel
          importing={fromFiles}
          sources={files.sources}
          error={files.error}
          onRetry={files.load}

          onClose={onClose}
        />
      ) : (
        <ServerFields
          formId={formId}
          form={form}
          paste={isNew && draft === undefined ? paste : null}
          fromText={fromText}
          onClose={onClose}
        />
      )}
    </Dialog>
  )
}
