import type { LucideIcon } from 'lucide-react'
import { Activity, Cable, Gauge, Inbox, Layers, Server, Settings2, Shield, Wrench } from 'lucide-react'
import type { ComponentType } from 'react'
import { ActivityPage } from './features/activity/page'
import { ApprovalsPage } from './features/approvals/page'
import { ClientsPage } from './features/clients/page'
import { GroupsPage } from './features/groups/page'
import { OverviewPage } from './features/overview/page'
import { PolicyPage } from './features/policy/page'
import { ServersPage } from './features/servers/page'
import { SettingsPage } from './features/settings/page'
import { ToolsPage } from './features/tools/page'

/** One place in the rail. */
export interface PageEntry {
  /** Below `#`; what follows it belongs to the page. */
  readonly path: string
  readonly title: string
  readonly icon: LucideIcon
  readonly page: ComponentType
  /** The first of a set in the rail. */
  readonly gap?: boolean
}

/** Every page, in the order of the rail. */
export const pages: readonly PageEntry[] = [
  { path: '/', title: 'Overview', icon: Gauge, page: OverviewPage },
  { path: '/servers', title: 'Servers', icon: Server, page: ServersPage },
  { path: '/groups', title: 'Groups', icon: Layers, page: GroupsPage },
  { path: '/tools', title: 'Tools', icon: Wrench, page: ToolsPage },
  { path: '/policy', title: 'Policy', icon: Shield, page: PolicyPage, gap: true },
  { path: '/approvals', title: 'Approvals', icon: Inbox, page: ApprovalsPage },
  { path: '/activity', title: 'Activity', icon: Activity, page: ActivityPage },
  { path: '/clients', title: 'Clients', icon: Cable, page: ClientsPage, gap: true },
  { path: '/settings', title: 'Settings', icon: Settings2, page: SettingsPage },
]
