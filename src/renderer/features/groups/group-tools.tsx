import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import type { ToolRows } from '../../../shared/catalog-rows'
import type { GroupRecord } from '../../../shared/records'
import { api, messageOf, read } from '../../gateway'
import { useLive } from '../../store'
import { Loading } from '../../ui/empty'
import { ErrorNotice } from '../../ui/notice'
import { count, short } from '../../ui/numbers'
import { VisibleText } from '../../ui/visible-text'
import { fateOf } from '../tools/tool-words'
import { againstCaps } from './caps'

/** What a client of this group sees (null: nothing is asked); asked anew when `version` or the catalogue changes. */
export function useGroupCatalog(name: string | null, version: unknown) {
  const [state, setState] = useState<{ readonly data?: ToolRows; readonly error?: string }>({})
  const { data: catalog } = useLive('catalog')
  const load = () => {
    if (name === null) return
    read(api.admin.catalog.$get({ query: { group: name } })).then(
      (data) => setState({ data }),
      (thrown: unknown) => setState({ error: messageOf(thrown) }),
    )
  }
  useEffect(load, [name, version, catalog])
  return { ...state, load }
}

/** The tools that come of servers and rules, and how they stand to what agents take in. */
export function GroupTools({ group }: { readonly group: GroupRecord }) {
  const { data, error, load } = useGroupCatalog(group.name, group)
  if (error !== undefined) return <ErrorNotice title="The group’s tools could not be read" error={error} onRetry={load} />
  if (!data) return <Loading rows={2} />
  const shown = data.tools.filter(({ hidden_by }) => hidden_by === null)
  return (
    <section>
      <h3 className="sect">
        Tools <span className="t3 num">{`${count(data.exposed, 'tool')}, about ${short(data.tokens)} tokens`}</span>
      </h3>
      <ul className="row small mb-2 flex-wrap gap-4!">
        {againstCaps(data.exposed).map(({ agent, cap, over }) => (
          <li key={cap} className={over > 0 ? 'wait' : 't3'}>
            {over > 0 ? `${over} too many for ${agent} (${cap})` : `Fits ${agent} (${cap})`}
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p className="small t3">A client of this group sees no tool. Add a server, or take a rule away.</p>}
      <ul className="panel scroll max-h-[300px]" aria-label="Tools of the group">
        {shown.map((tool) => {
          const { icon: Icon, tone, word } = fateOf(tool)
          return (
            <li key={tool.name}>
              <Link href={`/tools/${encodeURIComponent(tool.name)}`} className="r short grid-cols-[16px_minmax(0,1fr)_48px]! rounded-none">
                <Icon className={`i s ${tone}`} aria-label={word} />
                <span className="cut">
                  <span className="t3">
                    <VisibleText>{tool.server}</VisibleText>
                  </span>{' '}
                  <VisibleText>{tool.bare_name}</VisibleText>
                </span>
                <span className="right small t3 num">{tool.tokens}</span>
              </Link>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
