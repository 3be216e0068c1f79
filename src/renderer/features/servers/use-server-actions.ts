import { useState } from 'react'
import { useLocation } from 'wouter'
import type { ServerPatch, ServerView, TrustedCommand } from '../../../shared/records'
import { api, messageOf, read } from '../../gateway'
import { refresh, useLive } from '../../store'
import { toast } from '../../ui/toast'
import { isSameCommand } from './command-diff'
import { restoreServer } from './restore-server'

/** What can be done with a server. `error` says why the last thing was not done. */
export interface ServerActions {
  readonly busy: boolean
  readonly error: string | undefined
  /** Connects and reads its tools anew. */
  retry(): void
  /** Changes settings, says so, and offers to put back what was there. */
  change(patch: ServerPatch, said: string): void
  trust(hash: string): void
  /** Puts back the command that was trusted, which may run again at once. */
  restore(trusted: TrustedCommand): void
  remove(): void
}

export function useServerActions(server: ServerView): ServerActions {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const removing = useRemoval(server)
  const run = (doing: () => Promise<unknown>) => {
    setBusy(true)
    setError(undefined)
    doing()
      .catch((thrown: unknown) => setError(messageOf(thrown)))
      .finally(() => {
        setBusy(false)
        void refresh('servers')
      })
  }
  const param = { id: server.id }
  const patch = (json: ServerPatch) => read(api.admin.servers[':id'].$patch({ param, json }))
  return {
    busy,
    error,
    retry: () => run(() => read(api.admin.servers[':id'].refresh.$post({ param }))),
    trust: (hash) => run(() => read(api.admin.servers[':id'].trust.$post({ param, json: { hash } }))),
    restore: (trusted) =>
      run(async () => {
        const { trust_hash: hash, ...restored } = await patch({ ...trusted })
        if (hash !== null && isSameCommand(restored, trusted)) await read(api.admin.servers[':id'].trust.$post({ param, json: { hash } }))
        toast(`${server.name} has its trusted command again`)
      }),
    change: (json, said) =>
      run(async () => {
        await patch(json)
        toast(said, { run: () => run(() => patch(before(server, json))) })
      }),
    remove: () => run(removing),
  }
}

/** The values of these settings as they were. */
const before = (server: ServerView, patch: ServerPatch): ServerPatch => {
  const known: Readonly<Record<string, unknown>> = server
  return Object.fromEntries(Object.keys(patch).map((key) => [key, known[key]]))
}

/** Removes at once; undoing makes the server again, with its groups. */
function useRemoval(server: ServerView): () => Promise<void> {
  const [, go] = useLocation()
  const groups = (useLive('groups').data ?? []).filter(({ member_server_ids }) => member_server_ids.includes(server.id))
  const restore = () =>
    restoreServer(server, groups).then(
      ({ id }) => refresh('servers').then(() => go(`/servers/${id}`)),
      (thrown: unknown) => toast(`${server.name} did not come back: ${messageOf(thrown)}`),
    )
  return async () => {
    await api.admin.servers[':id'].$delete({ param: { id: server.id } })
    toast(`${server.name} removed`, { run: () => void restore() })
    go('/servers')
  }
}
