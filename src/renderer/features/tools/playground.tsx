import { Play, Square } from 'lucide-react'
import { useMemo, useState, type FormEvent } from 'react'
import type { ToolDetail } from '../../../shared/catalog-rows'
import { useLive } from '../../store'
import { Button } from '../../ui/button'
import { Select, TextArea } from '../../ui/field'
import { ErrorNotice, Notice } from '../../ui/notice'
import { Segmented } from '../../ui/tabs'
import { flawsOf, type Arguments } from './check-arguments'
import { Result } from './result'
import { SchemaForm } from './schema-form'
import { argumentsFrom, fieldsOf, flawOf, valuesFrom, type FieldValue, type SchemaField } from './schema-fields'
import { useRun, type Run } from './use-run'

type Mode = 'form' | 'json'

/** What is typed, as form and as JSON, and what is wrong with it. */
interface Draft {
  readonly mode: Mode
  readonly values: readonly FieldValue[]
  readonly text: string
}

/** A form made of the tool's schema; Run sends it through the whole pipeline, as an agent's call would go. */
export function Playground({ detail, given }: { readonly detail: ToolDetail; readonly given: Arguments | null }) {
  const schema = detail.tool.parameters
  const fields = useMemo(() => fieldsOf(schema), [schema])
  const [draft, setDraft] = useState<Draft>(() => draftOf(fields, given))
  const [tried, setTried] = useState(false)
  const [group, setGroup] = useState('')
  const run = useRun(detail.row.name)
  const checked = check(draft, fields, schema)
  const start = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (checked.args && !checked.blocked) run.start(checked.args, group === '' ? null : group)
  }
  return (
    <form onSubmit={start}>
      <div className="row mb-3">
        <span className="small t3 grow">{fields.length === 0 ? 'It takes no arguments.' : 'Arguments'}</span>
        <Segmented<Mode>
          label="How to write the arguments"
          value={draft.mode}
          onChange={(mode) => setDraft(switched(draft, mode, fields, checked.args))}
          choices={modes}
        />
      </div>
      {draft.mode === 'form' ? (
        <SchemaForm
          fields={fields}
          values={draft.values}
          flaws={tried ? checked.flaws : checked.typing}
          onChange={(index, value) => setDraft({ ...draft, values: draft.values.with(index, value) })}
        />
      ) : (
        <JsonArguments text={draft.text} onChange={(text) => setDraft({ ...draft, text })} />
      )}
      {tried && checked.whole !== undefined && <ErrorNotice title="The arguments do not fit" error={checked.whole} />}
      <RunBar detail={detail} group={group} onGroup={setGroup} run={run} />
      <Result run={run} />
    </form>
  )
}

const modes = [
  { value: 'form', label: 'Form' },
  { value: 'json', label: 'JSON' },
] as const

const JsonArguments = ({ text, onChange }: { readonly text: string; onChange(text: string): void }) => (
  <TextArea
    mono
    aria-label="Arguments as JSON"
    className="min-h-[160px] w-full"
    value={text}
    onChange={(event) => onChange(event.target.value)}
  />
)

const draftOf = (fields: readonly SchemaField[], given: Arguments | null): Draft => ({
  mode: 'form',
  values: given ? valuesFrom(fields, given) : fields.map(({ initial }) => initial),
  text: JSON.stringify(given ?? {}, null, 2),
})

/** The other way to write the same, as far as it can be read now. */
function switched(draft: Draft, mode: Mode, fields: readonly SchemaField[], args: Arguments | undefined): Draft {
  if (!args) return { ...draft, mode }
  return mode === 'json' ? { ...draft, mode, text: JSON.stringify(args, null, 2) } : { ...draft, mode, values: valuesFrom(fields, args) }
}

/** Makes arguments of a draft. `typing`: only what is wrong with what was typed, not what is still missing. */
function check(draft: Draft, fields: readonly SchemaField[], schema: Readonly<Record<string, unknown>>) {
  const own = draft.mode === 'form' ? fields.map((field, index) => flawOf(field, draft.values[index] ?? '')) : []
  const typing = own.map((flaw, index) => (draft.values[index]?.length === 0 ? undefined : flaw))
  if (own.some((flaw) => flaw !== undefined)) return { args: undefined, flaws: own, typing, whole: undefined, blocked: true }
  const args = draft.mode === 'form' ? argumentsFrom(fields, draft.values) : parsed(draft.text)
  if (args === undefined) return { args, flaws: own, typing, whole: 'This is not one JSON object: { … }.', blocked: true }
  const found = flawsOf(args, schema)
  const flaws = fields.map(({ path }) => found.find(({ key }) => key === path[0])?.text)
  const rest = draft.mode === 'json' ? found : found.filter(({ key }) => !fields.some(({ path }) => path[0] === key))
  const whole = rest.length === 0 ? undefined : rest.map(({ key, text }) => (key === '' ? text : `${key}: ${text}`)).join(' ')
  // The server has the last word on its own schema: a call may be sent all the same, as an agent's would be.
  return { args, flaws, typing, whole, blocked: false }
}

function parsed(text: string): Arguments | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Arguments) : undefined
  } catch {
    return undefined
  }
}

interface RunBarProps {
  readonly detail: ToolDetail
  readonly group: string
  onGroup(group: string): void
  readonly run: Run
}

function RunBar({ detail, group, onGroup, run }: RunBarProps) {
  const groups = useLive('groups').data ?? []
  const { hidden_by, decision } = detail.row
  const hidden = hidden_by !== null
  const fate = { allow: '', ask: 'It will ask.', deny: 'It will be refused.' }[decision.effect]
  return (
    <>
      {hidden && group === '' && (
        <Notice tone="wait" title="Agents do not see this tool">
          A call is refused as if it did not exist.
        </Notice>
      )}
      <div className="row mt-4 flex-wrap">
        {run.running ? (
          <Button icon={Square} onClick={run.stop}>
            Stop
          </Button>
        ) : (
          <Button look="primary" icon={Play} type="submit">
            Run
          </Button>
        )}
        {groups.length > 0 && (
          <Select
            aria-label="Group to run it in"
            className="w-auto! max-w-[160px]"
            value={group}
            onChange={(event) => onGroup(event.target.value)}
          >
            <option value="">in no group</option>
            {groups.map(({ name }) => (
              <option key={name} value={name}>
                in {name}
              </option>
            ))}
          </Select>
        )}
        <span className="small t3">through the whole pipeline. {fate}</span>
      </div>
    </>
  )
}
