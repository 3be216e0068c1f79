import type { MenuItemConstructorOptions } from 'electron'
import type { AuditEntry } from '../../shared/records'
import { foreignText, menuText } from './foreign-text'
import type { Facts } from './watch'

/** What the icon says. */
export type TrayState = 'running' | 'attention' | 'paused' | 'degraded' | 'stopped'

/** What the menu can do. */
export interface TrayActions {
  copy(text: string): void
  copySnippet(): void
  openApproval(id: string): void
  /** @param page of the main window; without it where it was */
  open(page?: string): void
  setPaused(paused: boolean): void
  quit(): void
}

/** By urgency: who waits for a person goes before what is merely broken. */
export function trayState({ closing, status, pending, changes }: Facts): TrayState {
  if (closing) return 'stopped'
  if (pending.length + changes.length > 0) return 'attention'
  if (status.paused_since !== null) return 'paused'
  return status.safe_mode || status.servers.some(isDown) ? 'degraded' : 'running'
}

/** How many things wait for the person. */
export const waitingCount = ({ pending, changes }: Facts): number => pending.length + changes.length

type Server = Facts['status']['servers'][number]

const isDown = ({ state }: Server) => state !== 'ready' && state !== 'connecting' && state !== 'disabled'

/** One line for the top of the menu and the tooltip. */
export function statusLine(facts: Facts): string {
  const { status, closing } = facts
  const at = status.endpoint === null ? '' : ` on ${new URL(status.endpoint).host}`
  if (closing) return 'Closing'
  if (status.safe_mode) return 'Everything is denied: the config cannot be read'
  if (status.paused_since !== null) return `Paused${at}: every call is refused`
  return [`Running${at}`, ...troubles(status.servers)].join(', ')
}

function troubles(servers: readonly Server[]): string[] {
  const needy = servers.filter(({ state }) => state === 'needs_login' || state === 'needs_trust')
  const down = servers.filter((server) => isDown(server) && !needy.includes(server))
  return [...named(down, 'is down', 'servers are down'), ...named(needy, 'needs you', 'servers need you')]
}

const named = ([first, ...others]: readonly Server[], one: string, many: string): string[] => {
  if (!first) return []
  return [others.length === 0 ? `${foreignText(first.name, 48)} ${one}` : `${others.length + 1} ${many}`]
}

const separator = { type: 'separator' } as const

/** The whole menu, from the top. */
export function trayMenu(facts: Facts, actions: TrayActions): MenuItemConstructorOptions[] {
  const parts = [statusItems(facts, actions), waitingItems(facts, actions), recentItems(facts, actions), gatewayItems(facts, actions)]
  const app: MenuItemConstructorOptions[] = [
    { label: 'Open Fast Gateway', click: () => actions.open() },
    { label: 'Settings…', click: () => actions.open('/settings') },
  ]
  const quit: MenuItemConstructorOptions[] = [{ label: 'Quit', click: () => actions.quit() }]
  return [...parts, app, quit].filter((items) => items.length > 0).flatMap((items, index) => (index === 0 ? items : [separator, ...items]))
}

function statusItems(facts: Facts, actions: TrayActions): MenuItemConstructorOptions[] {
  const { endpoint } = facts.status
  const line = { label: statusLine(facts).replaceAll('&', '&&'), enabled: false }
  return endpoint === null ? [line] : [line, { label: endpoint, toolTip: 'Click to copy', click: () => actions.copy(endpoint) }]
}

/** Of each kind; the window has the rest. */
const mostWaiting = 5

function waitingItems({ pending, changes }: Facts, actions: TrayActions): MenuItemConstructorOptions[] {
  const count = pending.length + changes.length
  if (count === 0) return []
  const calls = pending.slice(0, mostWaiting).map(({ id, tool, server, client }) => ({
    id: `approval:${id}`,
    label: `${menuText(tool, 40)}  ${menuText(server, 30)}, ${menuText(client, 30)}`,
    click: () => actions.openApproval(id),
  }))
  const others = changes.slice(0, mostWaiting).map(({ title }) => ({ label: menuText(title), click: () => actions.open('/approvals') }))
  const left = count - calls.length - others.length
  const more = left === 0 ? [] : [{ label: `${left} more…`, click: () => actions.open('/approvals') }]
  return [{ label: `Waiting for you (${count})`, enabled: false }, ...calls, ...others, ...more]
}

function recentItems({ recent }: Facts, actions: TrayActions): MenuItemConstructorOptions[] {
  if (recent.length === 0) return []
  const calls = recent.map((entry) => ({
    label: `${menuText(entry.tool, 40)}  ${menuText(entry.server, 30)}${outcomeWord(entry)}`,
    click: () => actions.open('/activity'),
  }))
  return [{ label: 'Recent calls', enabled: false }, ...calls]
}

const outcomeWords: Readonly<Record<AuditEntry['outcome'], string>> = {
  running: ', running',
  ok: '',
  tool_error: ', failed',
  error: ', failed',
  denied: ', denied',
  cancelled: ', cancelled',
  interrupted: ', interrupted',
}

const outcomeWord = ({ outcome, decision }: AuditEntry) =>
  outcome === 'ok' && decision === 'approved' ? ', approved' : outcomeWords[outcome]

function gatewayItems({ status, closing }: Facts, actions: TrayActions): MenuItemConstructorOptions[] {
  const isPaused = status.paused_since !== null
  const pause = { label: isPaused ? 'Resume' : 'Pause all calls', enabled: !closing, click: () => actions.setPaused(!isPaused) }
  return [pause, { label: 'Copy connect snippet for Claude Code', enabled: !closing, click: () => actions.copySnippet() }]
}
