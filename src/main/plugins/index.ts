import type { Plugin } from '../gateway/plugin'
import { agentsPlugin, type AgentsOptions } from './agents'
import { approvalsPlugin, type ApprovalsOptions } from './approvals'
import { auditPlugin } from './audit'
import { oauthPlugin, type OAuthOptions } from './oauth'
import { policyPlugin } from './policy'
import { toolsApiPlugin } from './tools-api'

export { agentsPlugin, approvalsPlugin, auditPlugin, oauthPlugin, policyPlugin, toolsApiPlugin }
export { agentFiles } from './agents'
export type { AgentRoutes, AgentsOptions } from './agents'
export type { ApprovalDecision, ApprovalRoutes, Approvals, ApprovalsOptions, PendingApproval } from './approvals'
export type { AuditRoutes } from './audit'
export type { OAuthOptions, OAuthRoutes } from './oauth'
export type { PolicyRoutes } from './policy'
export type { ToolRoutes } from './tools-api'

/** What the bundled plugins may be told. */
export interface BundledOptions {
  readonly approvals?: ApprovalsOptions
  /** Left out: the config files of agents are no matter of this gateway. */
  readonly agents?: AgentsOptions
  readonly oauth?: OAuthOptions
}

/** The plugins that every gateway has, in their order: policy decides, approvals ask, audit writes, tools-api serves, oauth logs in to servers; agents connect and import where their files may be touched. */
export const bundledPlugins = (options: BundledOptions = {}): Plugin[] => [
  policyPlugin(),
  approvalsPlugin(options.approvals),
  auditPlugin(),
  toolsApiPlugin(),
  oauthPlugin(options.oauth),
  ...(options.agents ? [agentsPlugin(options.agents)] : []),
]
