import { useEffect, useState } from 'react'
import type { Login } from '../../../shared/logins'
import { door } from '../../door'
import { api, messageOf, read } from '../../gateway'
import { refresh } from '../../store'
import { toast } from '../../ui/toast'

/** Logging in to one server, from the click to its end. */
export interface ServerLogin {
  /** The one that is on its way, or the last one of this page. */
  readonly login: Login | undefined
  readonly busy: boolean
  readonly error: string | undefined
  start(): void
  cancel(): void
  logout(): void
}

export function useServerLogin(serverId: string): ServerLogin {
  const [login, setLogin] = useState<Login>()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  useEffect(
    () =>
      door.onEvent((event) => {
        if (event.event === 'login.changed' && event.data.login.server_id === serverId) setLogin(event.data.login)
      }),
    [serverId],
  )
  const run = (doing: () => Promise<unknown>) => {
    setBusy(true)
    setError(undefined)
    doing()
      .catch((thrown: unknown) => setError(messageOf(thrown)))
      .finally(() => setBusy(false))
  }
  const start = () =>
    run(async () => {
      const begun = await read(api.oauth[':server_id'].login.$post({ param: { server_id: serverId } }))
      setLogin(begun)
      await openLoginPage(begun)
    })
  const cancel = () =>
    run(async () => {
      if (login) setLogin(await read(api.oauth.logins[':id'].$delete({ param: { id: login.id } })))
    })
  const logout = () =>
    run(async () => {
      const { revoked } = await read(api.oauth[':server_id'].logout.$post({ param: { server_id: serverId } }))
      setLogin(undefined)
      toast(revoked ? 'Logged out, there too' : 'Logged out here; the other side was not told')
      await refresh('authorizations')
    })
  return { login, busy, error, start, cancel, logout }
}

/** Whether the app can open the page itself: it opens https addresses only. A browser has the link. */
export const opensItself = ({ authorization_url }: Login): boolean => door.kind === 'app' && authorization_url.startsWith('https://')

/** In the person's own browser, after their own click. */
export async function openLoginPage(login: Login): Promise<void> {
  if (opensItself(login)) await api.desktop.open.$post({ json: { what: 'url', url: login.authorization_url } })
}
