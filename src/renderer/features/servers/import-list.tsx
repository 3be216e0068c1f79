import { Key } from 'lucide-react'
import { useId } from 'react'
import type { ImportSource } from '../../../shared/agents'
import { Badge } from '../../ui/badge'
import { count } from '../../ui/numbers'
import { Checkbox } from '../../ui/switch'
import { Tile } from '../../ui/tile'
import { VisibleText } from '../../ui/visible-text'
import { targetOf, type Pickable } from './import-picks'
import type { Importing } from './use-import'

const columns = '[--cols:16px_20px_minmax(0,112px)_minmax(0,1fr)_auto]'

/** Every config that was found, with the servers in it; each can be picked. */
export const ImportList = ({ sources, importing }: { readonly sources: readonly ImportSource[]; readonly importing: Importing }) => (
  <div className={`list ${columns} -mx-5 py-0!`}>
    {sources.map((source) => (
      <Source key={source.id} source={source} importing={importing} />
    ))}
  </div>
)

function Source({ source, importing }: { readonly source: ImportSource; readonly importing: Importing }) {
  const found = importing.found.filter((each) => each.source === source)
  const possible = found.filter(({ candidate }) => candidate.problem === null).map(({ id }) => id)
  const picked = possible.filter((id) => importing.picked.has(id)).length
  const checked = picked === 0 ? false : picked === possible.length ? true : 'indeterminate'
  return (
    <section aria-label={source.title}>
      <div className="list-h mt-2">
        <Checkbox
          aria-label={`All of ${source.title}`}
          checked={checked}
          disabled={possible.length === 0}
          onCheckedChange={(chosen) => importing.pick(possible, chosen === true)}
        />
        <b className="cut [grid-column:2/5]">
          {source.title}{' '}
          {source.file !== null && (
            <span className="t3 mono text-[11px] font-normal" title={source.file}>
              <VisibleText>{source.file}</VisibleText>
            </span>
          )}
        </b>
        <span className={source.error === null ? 'right' : 'right bad'}>
          {source.error === null ? count(found.length, 'server') : 'Cannot be read'}
        </span>
      </div>
      {source.error !== null && <p className="help bad wrap-anywhere px-3">{source.error}</p>}
      {found.map((pickable) => (
        <Candidate key={pickable.id} pickable={pickable} importing={importing} />
      ))}
    </section>
  )
}

function Candidate({ pickable, importing }: { readonly pickable: Pickable; readonly importing: Importing }) {
  const id = useId()
  const { candidate, name } = pickable
  const target = targetOf(candidate.draft)
  const isOff = candidate.problem !== null
  return (
    <label className="r gap-y-0! py-1" htmlFor={id}>
      <Checkbox
        id={id}
        aria-label={`Import ${candidate.key}`}
        checked={importing.picked.has(pickable.id)}
        disabled={isOff}
        onCheckedChange={(chosen) => importing.pick([pickable.id], chosen === true)}
      />
      <Tile name={name} />
      <span className={isOff ? 'cut t3' : 'cut'} title={candidate.key}>
        <VisibleText>{candidate.key}</VisibleText>
      </span>
      <span className="mono t3 cut" title={target}>
        <VisibleText>{target}</VisibleText>
      </span>
      <Facts pickable={pickable} />
      {!isOff && candidate.secrets.length > 0 && (
        <span className="small t3 flex flex-wrap items-center gap-x-3 gap-y-1 [grid-column:3/-1]">
          {candidate.secrets.map((secret) => (
            <span key={secret.field} className="row gap-1!">
              <code>{secret.field.replace(/^(?:static_headers|env)\./, '')}</code> becomes
              <span className="secret">
                <Key className="i" aria-hidden />
                keychain:{secret.name}
              </span>
            </span>
          ))}
        </span>
      )}
      {candidate.problem !== null && <span className="small bad wrap-anywhere [grid-column:3/-1]">{candidate.problem}</span>}
    </label>
  )
}

/** What is to be known before it is picked, at most a few words of each. */
function Facts({ pickable: { candidate, name, again } }: { readonly pickable: Pickable }) {
  if (candidate.problem !== null) return <span />
  return (
    <span className="row gap-1! justify-end">
      {candidate.secrets.length > 0 && (
        <Badge tone="wait" icon={Key}>
          {candidate.secrets.length === 1 ? 'Secret moves' : `${candidate.secrets.length} secrets move`}
        </Badge>
      )}
      {again !== null ? <Badge>{again}</Badge> : name !== candidate.key && <Badge>As {name}</Badge>}
      {candidate.draft.command && <Badge>Asks for trust</Badge>}
    </span>
  )
}
