import { LoaderCircle } from 'lucide-react'
import { useState } from 'react'
import { Badge } from '../../ui/badge'
import { CodeBlock } from '../../ui/code'
import { CopyButton } from '../../ui/copy'
import { ErrorNotice } from '../../ui/notice'
import { bytes, duration } from '../../ui/numbers'
import { Segmented } from '../../ui/tabs'
import { VisibleText } from '../../ui/visible-text'
import type { Answer, Run } from './use-run'

type View = 'shown' | 'json'

/** What came back, as people read it, and as it came. */
export function Result({ run: { running, answer, tookMs, error } }: { readonly run: Run }) {
  const [view, setView] = useState<View>('shown')
  if (running) return <Waiting />
  if (error !== undefined) return <ErrorNotice title="There is no result" error={error} />
  if (!answer) return null
  const json = JSON.stringify(answer, null, 2)
  return (
    <section className="mt-5" aria-live="polite">
      <h3 className="sect">
        Last result <Badge tone={answer.is_error ? 'bad' : 'ok'}>{answer.is_error ? 'Error' : 'OK'}</Badge>
        <span className="t3 num font-normal">
          {tookMs !== undefined && duration(tookMs)}, {bytes(json.length)}
        </span>
        <span className="row ml-auto">
          <CopyButton text={json} label="Copy the result" />
          <Segmented<View>
            label="How to show the result"
            value={view}
            onChange={setView}
            choices={[
              { value: 'shown', label: 'Text' },
              { value: 'json', label: 'JSON' },
            ]}
          />
        </span>
      </h3>
      {view === 'json' ? <CodeBlock text={json} label="The result as JSON" /> : <Contents answer={answer} />}
    </section>
  )
}

const Waiting = () => (
  <p className="row small t2 mt-5" role="status">
    <LoaderCircle className="i animate-spin" aria-hidden /> It runs. Where the policy asks, it waits for the answer in Approvals.
  </p>
)

function Contents({ answer }: { readonly answer: Answer }) {
  const { content, structured_content } = answer
  if (content.length === 0 && (structured_content ?? null) === null) return <p className="small t3">It answered with nothing.</p>
  return (
    <div className="grid gap-2">
      {content.map((block, index) => (
        <Block key={index} block={block} />
      ))}
      {content.length === 0 && <CodeBlock text={JSON.stringify(structured_content, null, 2)} />}
    </div>
  )
}

interface ContentBlock {
  readonly type?: unknown
  readonly text?: unknown
  readonly data?: unknown
  readonly mimeType?: unknown
  readonly uri?: unknown
}

function Block({ block }: { readonly block: unknown }) {
  const { type, text, data, mimeType, uri } = (typeof block === 'object' && block !== null ? block : {}) as ContentBlock
  if (type === 'text' && typeof text === 'string') return <CodeBlock text={pretty(text)} label="Text" />
  if (type === 'image' && typeof data === 'string' && isPicture(mimeType))
    return (
      <img className="panel max-h-[420px] max-w-full object-contain" alt="What the tool answered" src={`data:${mimeType};base64,${data}`} />
    )
  if (type === 'resource_link' && typeof uri === 'string')
    return (
      <p className="panel mono small px-3 py-2 wrap-anywhere">
        <VisibleText>{uri}</VisibleText>
      </p>
    )
  return <CodeBlock text={JSON.stringify(block, null, 2)} />
}

/** Pictures that a browser draws without running anything in them. */
const isPicture = (type: unknown): type is string => typeof type === 'string' && /^image\/(png|jpeg|gif|webp)$/.test(type)

/** JSON in a text is laid out; anything else stays as it is. */
function pretty(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
