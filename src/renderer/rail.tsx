import { Pause, Play, Search } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { gatewayStates, useGatewayState } from './features/overview/gateway-state'
import { usePause } from './features/overview/pause'
import { pages } from './pages'
import { useLive } from './store'
import { IconButton } from './ui/button'
import { Dot } from './ui/dot'
import { Glyph } from './ui/glyph'

/** Ctrl or Cmd, as this system has it. */
export const modifier = /mac/i.test(navigator.platform) ? '⌘' : 'Ctrl'

/** The way to every page, and whether the gateway runs. */
export function Rail({ onPalette }: { onPalette(): void }) {
  return (
    <aside className="rail">
      <div className="brand">
        <Glyph />
        <span className="hide">Fast Gateway</span>
      </div>
      <button type="button" className="palette" title={`Search or run (${modifier} K)`} aria-label="Search or run" onClick={onPalette}>
        <Search className="i" aria-hidden />
        <span className="hide grow">Search or run</span>
        <span className="kbd hide">{modifier} K</span>
      </button>
      <Pages />
      <Foot />
    </aside>
  )
}

function Pages() {
  const [place] = useLocation()
  const counts = useCounts()
  return (
    <nav aria-label="Pages">
      {pages.map(({ path, title, icon: Icon, gap }) => {
        const here = path === '/' ? place === '/' : place === path || place.startsWith(`${path}/`)
        const count = counts[path]
        return (
          <div key={path}>
            {gap && <div className="nav-gap" />}
            <Link href={path} className="nav" title={title} aria-label={title} aria-current={here ? 'page' : undefined}>
              <Icon className="i" aria-hidden />
              <span className="hide">{title}</span>
              {count !== undefined && count > 0 && <span className={`n num ${path === '/approvals' ? 'badge' : ''}`}>{count}</span>}
            </Link>
          </div>
        )
      })}
    </nav>
  )
}

function useCounts(): Partial<Record<string, number | undefined>> {
  const waiting = [useLive('pending').data?.length, useLive('changes').data?.length]
  return {
    '/servers': useLive('servers').data?.length,
    '/groups': useLive('groups').data?.length,
    '/tools': useLive('catalog').data?.exposed,
    '/clients': useLive('clients').data?.length,
    '/approvals': waiting.reduce<number>((sum, count = 0) => sum + count, 0),
  }
}

function Foot() {
  const { data: status } = useLive('status')
  const { dot, word } = gatewayStates[useGatewayState()]
  const { paused, toggle } = usePause()
  return (
    <div className="rail-foot row">
      <Dot state={dot} label={word} />
      <span className="hide grow cut small t2">
        {word} <span className="t3 num">{status?.endpoint ? `:${new URL(status.endpoint).port}` : ''}</span>
      </span>
      <IconButton
        className="hide"
        small
        label={paused ? 'Resume calls' : 'Pause all calls'}
        icon={paused ? Play : Pause}
        onClick={toggle}
      />
    </div>
  )
}
