import type { Plugin } from '../gateway/plugin'
import { approvalsPlugin, type ApprovalsOptions } from './approvals'
import { auditPlugin } from './audit'
import { policyPlugin } from './policy'
import { toolsApiPlugin } from './tools-api'

export { approvalsPlugin, auditPlugin, policyPlugin, toolsApiPlugin }
export type { ApprovalDecision, ApprovalRoutes, Approvals, ApprovalsOptions, PendingApproval } from './approvals'
export type { AuditRoutes } from './audit'
export type { PolicyRoutes } from './policy'
export type { ToolRoutes } from './tools-api'

/** What the bundled plugins may be told. */
export interface BundledOptions {
  readonly approvals?: ApprovalsOptions
}

/** The plugins that every gateway has, in their order: policy decides, approvals ask, audit writes, tools-api serves. */
export const bundledPlugins = (options: BundledOptions = {}): Plugin[] => [
  policyPlugin(),
  approvalsPlugin(options.approvals),
  auditPlugin(),
  toolsApiPlugin(),
]
