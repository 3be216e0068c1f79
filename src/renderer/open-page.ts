import './theme.css'
import { door, takeCredentialsFromAddress } from './door'
import { api, read } from './gateway'
import { followGateway, useStore } from './store'
import { copyBy } from './ui/copy'

/** What both windows begin with: credentials, events, clipboard, theme. @returns where React goes */
export function openPage(): HTMLElement | null {
  if (door.kind === 'browser') takeCredentialsFromAddress()
  else copyBy(async (text) => void (await read(api.desktop.copy.$post({ json: { text } }))))
  followGateway()
  followAppearance()
  return document.getElementById('root')
}

/** The theme that was chosen in Settings; without one the system's. */
function followAppearance(): void {
  useStore.subscribe(({ preferences }) => {
    const appearance = preferences.data?.appearance ?? 'system'
    if (appearance === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = appearance
  })
}
