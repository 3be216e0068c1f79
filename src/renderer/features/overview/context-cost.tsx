import { Link } from 'wouter'
import { useLive } from '../../store'
import { Bar } from '../../ui/bar'
import { short } from '../../ui/numbers'
import { costByServer } from './cost'

/** What the exposed tools' definitions take of an agent's context, by server. */
export function ContextCost() {
  const { data: catalog } = useLive('catalog')
  const servers = costByServer(catalog?.tools ?? [])
  const most = Math.max(1, ...servers.map(({ tokens }) => tokens))
  return (
    <section aria-labelledby="context-cost">
      <h2 id="context-cost" className="sect px-5">
        Context cost <span className="t3">by server</span>
      </h2>
      <div className="px-2">
        {servers.map(({ server, tokens, exposed }) => (
          <Link
            key={server}
            href={`/tools/in/${encodeURIComponent(server)}`}
            className="r short grid-cols-[minmax(92px,2fr)_minmax(0,3fr)_44px]"
          >
            <span className="cut" title={server}>
              {server}
            </span>
            <Bar part={tokens / most} dim={exposed === 0} />
            <span className="right small t2 num">{short(tokens)}</span>
          </Link>
        ))}
        {catalog?.tools.length === 0 && <p className="small t3 px-3 py-2">No tools yet. Add a server, and its cost appears here.</p>}
      </div>
    </section>
  )
}
