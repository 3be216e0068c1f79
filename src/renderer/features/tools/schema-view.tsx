import type { CatalogTool } from '../../../shared/records'
import { CodeBlock } from '../../ui/code'
import { CopyButton } from '../../ui/copy'

/** What it takes, what it answers, and what it says of itself, as the server sent it. */
export function SchemaView({ tool }: { readonly tool: CatalogTool }) {
  const { parameters, output_schema, annotations } = tool
  return (
    <div className="stack">
      <Part title="Takes" value={parameters} />
      {output_schema !== null && <Part title="Answers" value={output_schema} />}
      {annotations !== null && <Part title="Says of itself" value={annotations} />}
    </div>
  )
}

function Part({ title, value }: { readonly title: string; readonly value: unknown }) {
  const text = JSON.stringify(value, null, 2)
  return (
    <section>
      <h3 className="sect">
        {title}
        <span className="ml-auto">
          <CopyButton text={text} label={`Copy what it ${title.toLowerCase()}`} />
        </span>
      </h3>
      <CodeBlock text={text} />
    </section>
  )
}
