import { Check, Terminal } from 'lucide-react'
import { useId } from 'react'
import { Badge } from '../../ui/badge'
import type { Paste } from './use-paste'

/** Recognises a URL, a command or a config as it is pasted. */
export function PasteField({ paste }: { readonly paste: Paste }) {
  const id = useId()
  return (
    <div className="field">
      <div className={`in mono min-h-10! items-start! py-2.5! ${paste.error === undefined ? '' : 'is-bad'}`}>
        <Terminal className="i t3" aria-hidden />
        <textarea
          autoFocus
          rows={1}
          spellCheck={false}
          aria-label="URL, command or mcpServers block"
          aria-describedby={`${id}-note`}
          className="field-sizing-content max-h-32 grow resize-none outline-none"
          placeholder="https://… or npx -y …"
          value={paste.text}
          onChange={(event) => paste.take(event.target.value)}
        />
        {paste.word !== null && (
          <Badge tone="ok" icon={Check} className="font-sans">
            {paste.word}
          </Badge>
        )}
      </div>
      {paste.error === undefined ? (
        <p className="help" id={`${id}-note`}>
          Paste a URL, a command, or a whole <code>mcpServers</code> block.
        </p>
      ) : (
        <p className="help bad" id={`${id}-note`} role="alert">
          {paste.error}
        </p>
      )}
    </div>
  )
}
