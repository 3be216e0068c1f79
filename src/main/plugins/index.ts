import type { Plugin } from '../gateway/plugin'
import { agentsPlugin, type AgentsOptions } from './agents'
import { approvalsPlugin, type ApprovalsOptions } from './approvals'
import { auditPlugin } from './audit'
import { policyPlugin } from './policy'
import { toolsApiPlugin } from './tools-api'

export { agentsPlugin, approvalsPlugin, auditPlugin, policyPlugin, toolsApiPlugin }
export { agentFiles } from './agents'
export type { AgentRoutes, AgentsOptions } from './agents'
export type { ApprovalDecision, ApprovalRoutes, Approvals, ApprovalsOptions, PendingApproval } from './approvals'
export type { AuditRoutes } from './audit'
export type { PolicyRoutes } from './policy'
export type { ToolRoutes } from './tools-api'

/** What the bundled plugins may be told. */
export interface BundledOptions {
  readonly approvals?: ApprovalsOptions
  /** Left out: the config files of agents are no matter of this gateway. */
  readonly agents?: AgentsOptions
}

/** The plugins that every gateway has, in their order: policy decides, approvals ask, audit writes, tools-api serves; agents connect and import where their files may be touched. */
export const bundledPlugins = (options: BundledOptions = {}): Plugin[] => [
  policyPlugin(),
  approvalsPlugin(options.approvals),
  auditPlugin(),
  toolsApiPlugin(),
  ...(options.agents ? [agentsPlugin(options.agents)] : []),
]
