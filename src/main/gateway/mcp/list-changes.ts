import type { Catalog, ListMethod, View } from '../catalog'
import type { Log } from '../log'
import { Asker } from './caller'
import { notificationText } from './message'
import type { Session } from './session'
import type { Sessions } from './sessions'

/** Changes that follow each other within this time are told once. */
export const coalesceMs = 100

const notificationOf: Readonly<Record<ListMethod, string>> = {
  'tools/list': 'notifications/tools/list_changed',
  'prompts/list': 'notifications/prompts/list_changed',
  'resources/list': 'notifications/resources/list_changed',
  'resources/templates/list': 'notifications/resources/list_changed',
}

export interface ListChanges {
  /** Something that lists are compiled from has changed. */
  changed(): void
  close(): void
}

/** Tells each session which of its own lists look different now, and nobody else (MCP "List Changed Notification"). */
export function createListChanges(parts: { readonly sessions: Sessions; readonly catalog: Catalog; readonly log: Log }): ListChanges {
  let timer: NodeJS.Timeout | undefined
  const tellAll = async () => {
    for (const session of parts.sessions.all()) tell(session, await parts.catalog.view(askerOf(session)))
  }
  return {
    changed() {
      timer ??= setTimeout(() => {
        timer = undefined
        tellAll().catch((cause: unknown) => parts.log.error('Clients could not be told of changed lists.', { cause }))
      }, coalesceMs)
      timer.unref()
    },
    close: () => clearTimeout(timer),
  }
}

const askerOf = (session: Session) => new Asker(session.client, session.group, 'mcp', session, undefined, {})

function tell(session: Session, view: View): void {
  const due = new Set<string>()
  for (const [method, before] of session.listed) {
    const now = view.digests[method]
    if (now === before) continue
    session.listed.set(method, now)
    due.add(notificationOf[method])
  }
  for (const method of due) {
    if (session.hears) session.tell(notificationText(method, undefined))
    else session.untold.add(method)
  }
}
