import { CircleHelp } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Route, Router, Switch, useLocation } from 'wouter'
import { useHashLocation } from 'wouter/use-hash-location'
import { Banners } from './banners'
import { door } from './door'
import { WelcomePage } from './features/welcome/page'
import { Palette } from './palette'
import { pages } from './pages'
import { Rail } from './rail'
import { SignIn } from './sign-in'
import { useLive } from './store'
import { Button } from './ui/button'
import { Empty } from './ui/empty'
import { Page } from './ui/page'
import { Toaster } from './ui/toast'

/** The main window: rail, page, and what may lie over them. */
export const App = () => (
  <Router hook={useHashLocation}>
    {door.kind === 'browser' ? (
      <SignIn>
        <Window />
      </SignIn>
    ) : (
      <Window />
    )}
    <Toaster />
  </Router>
)

function Window() {
  const [place, go] = useLocation()
  const [palette, setPalette] = useState(false)
  const { data: preferences } = useLive('preferences')
  useShortcuts(() => setPalette(true), go)
  useNavigation(go)
  // The first run; once it was seen or skipped it opens again from Settings only.
  useEffect(() => {
    if (preferences?.welcome_done === false && place === '/') go('/welcome', { replace: true })
  }, [preferences?.welcome_done])
  if (place === '/welcome') return <WelcomePage />
  return (
    <div className="app">
      <Rail onPalette={() => setPalette(true)} />
      <main className="flex min-h-0 min-w-0 flex-col">
        <Banners />
        <Switch>
          {pages.map(({ path, page }) => (
            <Route key={path} path={path === '/' ? path : `${path}/*?`} component={page} />
          ))}
          <Route component={NoSuchPage} />
        </Switch>
      </main>
      <Palette open={palette} onClose={() => setPalette(false)} />
    </div>
  )
}

/** Somebody wrote the address by hand, or kept it from another version. */
const NoSuchPage = () => {
  const [, go] = useLocation()
  return (
    <Page title="Nothing here">
      <Empty icon={CircleHelp} title="There is no such page" actions={<Button onClick={() => go('/')}>Go to the overview</Button>}>
        The pages are in the list on the left.
      </Empty>
    </Page>
  )
}

/** Ctrl or Cmd with K: search or run; with a comma: settings; with 1 to 9: the pages. */
function useShortcuts(openPalette: () => void, go: (path: string) => void): void {
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
      const page = pages[Number(event.key) - 1]
      if (event.key === 'k') openPalette()
      else if (event.key === ',') go('/settings')
      else if (page) go(page.path)
      else return
      event.preventDefault()
    }
    document.addEventListener('keydown', hear)
    return () => document.removeEventListener('keydown', hear)
  }, [])
}

/** The tray and notifications name a page. */
function useNavigation(go: (path: string) => void): void {
  useEffect(() => door.onEvent((event) => event.event === 'desktop.navigate' && go(event.data.page)), [])
}
