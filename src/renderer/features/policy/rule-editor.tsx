import { Trash2 } from 'lucide-react'
import type { ToolRow } from '../../../shared/catalog-rows'
import type { Effect, PolicyDocument, PolicyRule } from '../../../shared/records'
import { useLive } from '../../store'
import { Button } from '../../ui/button'
import { Field, Select, TextInput } from '../../ui/field'
import { Switch } from '../../ui/switch'
import { Segmented } from '../../ui/tabs'
import { Notice } from '../../ui/notice'
import { count } from '../../ui/numbers'
import { VisibleText } from '../../ui/visible-text'
import { without, withPattern, withRule, type Line } from './lines'
import { LookBack } from './look-back'
import type { LineHistory } from './rule-row'

interface RuleEditorProps {
  readonly line: Line
  readonly policy: PolicyDocument
  readonly matches: readonly ToolRow[] | undefined
  readonly history: LineHistory
  /** What is wrong with its pattern. */
  readonly flaw: string | undefined
  /** Why it is surely not meant as it is. */
  readonly problem: string | undefined
  onChange(policy: PolicyDocument): void
}

/** A rule opened in place: its patterns and conditions, what it names now, and what it would have done. */
export function RuleEditor({ line, policy, matches, history, flaw, problem, onChange }: RuleEditorProps) {
  const { part } = line
  const remove = () => onChange(without(policy, line))
  return (
    <div className="rule-body">
      <div>
        {part.kind === 'rule' && (
          <RuleFields rule={part.value} flaw={flaw} onChange={(rule) => onChange(withRule(policy, part.index, rule))} onRemove={remove} />
        )}
        {part.kind === 'pattern' && (
          <PatternField
            value={part.value}
            flaw={flaw}
            onChange={(value) => onChange(withPattern(policy, part.list, part.index, value))}
            onRemove={remove}
          />
        )}
        {part.kind === 'destructive' && <DestructiveNote onRemove={remove} />}
        {part.kind === 'default' && (
          <EffectChoice
            label="What happens to any other tool"
            value={policy.default}
            onChange={(effect) => onChange({ ...policy, default: effect })}
          />
        )}
        {problem !== undefined && (
          <div className="mt-3">
            <Notice tone="wait" title={problem} />
          </div>
        )}
        <MatchesNow matches={matches} />
      </div>
      <LookBack effect={line.effect} history={history} />
    </div>
  )
}

const effectChoices = [
  { value: 'deny', label: 'Deny' },
  { value: 'ask', label: 'Ask' },
  { value: 'allow', label: 'Allow' },
] as const

const EffectChoice = ({ label, value, onChange }: { readonly label: string; readonly value: Effect; onChange(effect: Effect): void }) => (
  <Segmented<Effect> label={label} value={value} choices={effectChoices} onChange={onChange} />
)

interface RuleFieldsProps {
  readonly rule: PolicyRule
  readonly flaw: string | undefined
  onChange(rule: PolicyRule): void
  onRemove(): void
}

function RuleFields({ rule, flaw, onChange, onRemove }: RuleFieldsProps) {
  const set = (change: { readonly [Key in keyof PolicyRule]?: PolicyRule[Key] | undefined }) =>
    onChange({ ...rule, ...change } as PolicyRule)
  return (
    <>
      <div className="row mb-3">
        <EffectChoice label="What this rule does" value={rule.effect} onChange={(effect) => set({ effect })} />
        <Button look="quiet" small bad icon={Trash2} className="ml-auto" onClick={onRemove}>
          Remove
        </Button>
      </div>
      <div className="grid grid-cols-[minmax(112px,1fr)_2fr] gap-2">
        <Field label="Server">
          {(ties) => (
            <TextInput {...ties} mono placeholder="*" value={rule.server ?? ''} onChange={(event) => set({ server: event.target.value })} />
          )}
        </Field>
        <Field label="Tool" hint="* any text, ? one letter, {a,b} either" className="m-0!" error={flaw}>
          {(ties) => (
            <TextInput {...ties} mono placeholder="*" value={rule.tool ?? ''} onChange={(event) => set({ tool: event.target.value })} />
          )}
        </Field>
      </div>
      <Conditions rule={rule} onSet={set} />
      <Field label="Reason" hint="shown to the person and the model">
        {(ties) => (
          <TextInput
            {...ties}
            maxLength={500}
            placeholder="Why this rule is here"
            value={rule.reason ?? ''}
            onChange={(event) => set({ reason: event.target.value })}
          />
        )}
      </Field>
    </>
  )
}

type SetRule = (change: { readonly [Key in keyof PolicyRule]?: PolicyRule[Key] | undefined }) => void

function Conditions({ rule, onSet }: { readonly rule: PolicyRule; readonly onSet: SetRule }) {
  const clients = useLive('clients').data ?? []
  const groups = useLive('groups').data ?? []
  return (
    <div className="row small mt-3 mb-3 flex-wrap">
      <span className="t3">For</span>
      <NameChoice
        label="Client"
        any="any client"
        value={rule.client}
        names={clients.map(({ name }) => name)}
        onChange={(client) => onSet({ client })}
      />
      <NameChoice
        label="Group"
        any="any group"
        value={rule.group}
        names={groups.map(({ name }) => name)}
        onChange={(group) => onSet({ group })}
      />
      <Select
        aria-label="Which tools, by what they do"
        className="w-auto! max-w-[148px]"
        value={String(rule.destructive ?? '')}
        onChange={({ target: { value } }) => onSet({ destructive: value === '' ? undefined : value === 'true' })}
      >
        <option value="">destructive or not</option>
        <option value="true">only destructive</option>
        <option value="false">only not destructive</option>
      </Select>
      {rule.effect === 'ask' && (
        <label className="row t3 ml-auto">
          Approve from the notification
          <Switch
            aria-label="Approve from the notification"
            checked={rule.notify_approve ?? false}
            onCheckedChange={(checked) => onSet({ notify_approve: checked || undefined })}
          />
        </label>
      )}
    </div>
  )
}

interface NameChoiceProps {
  readonly label: string
  readonly any: string
  readonly value: string | undefined
  readonly names: readonly string[]
  onChange(name: string | undefined): void
}

/** One of those that exist; a name that no longer does is kept and shown. */
const NameChoice = ({ label, any, value, names, onChange }: NameChoiceProps) => (
  <Select
    aria-label={label}
    className="w-auto! max-w-[148px]"
    value={value ?? ''}
    onChange={(event) => onChange(event.target.value || undefined)}
  >
    <option value="">{any}</option>
    {[...new Set([...names, ...(value === undefined ? [] : [value])])].map((name) => (
      <option key={name}>{name}</option>
    ))}
  </Select>
)

interface PatternFieldProps {
  readonly value: string
  readonly flaw: string | undefined
  onChange(value: string): void
  onRemove(): void
}

const PatternField = ({ value, flaw, onChange, onRemove }: PatternFieldProps) => (
  <>
    <Field label="Pattern" hint="on server_tool; with prompt: or resource: before it on those" error={flaw}>
      {(ties) => <TextInput {...ties} mono value={value} onChange={(event) => onChange(event.target.value)} />}
    </Field>
    <Button look="quiet" small bad icon={Trash2} className="mt-2" onClick={onRemove}>
      Remove
    </Button>
  </>
)

const DestructiveNote = ({ onRemove }: { onRemove(): void }) => (
  <>
    <p className="small t2">
      Asks about every tool that says of itself that it destroys, or whose name has a word like delete, remove, drop or reset.
    </p>
    <Button look="quiet" small bad icon={Trash2} className="mt-2" onClick={onRemove}>
      Do not ask by itself
    </Button>
  </>
)

/** Names that are shown before the rest is counted. */
const shownNames = 16

function MatchesNow({ matches }: { readonly matches: readonly ToolRow[] | undefined }) {
  if (!matches) return null
  return (
    <>
      <h3 className="sect mt-4">
        Matches now <span className="t3 num">{count(matches.length, 'tool')}</span>
      </h3>
      <div className="pick">
        {matches.slice(0, shownNames).map(({ name, bare_name, server }) => (
          <code key={name} title={server}>
            <VisibleText>{bare_name}</VisibleText>
          </code>
        ))}
        {matches.length > shownNames && <code className="t3">{matches.length - shownNames} more</code>}
        {matches.length === 0 && <span className="small t3">No tool of any server, as they are now.</span>}
      </div>
    </>
  )
}
