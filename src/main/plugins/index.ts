import type { Plugin } from '../gateway/plugin'
import { approvalsPlugin, type ApprovalsOptions } from './approvals'
import { auditPlugin } from './audit'
import { policyPlugin } from './policy'
import { toolsApiPlugin } from './tools-api'

export { approvalLimits, approvalsPlugin } from './approvals'
export type { ApprovalDecision, ApprovalRoutes, Approvals, ApprovalsOptions, PendingApproval } from './approvals'
export { auditLimits, auditPlugin } from './audit'
export type { AuditRoutes } from './audit'
export { policyPlugin } from './policy'
export { toolsApiPlugin } from './tools-api'
export type { ToolRoutes } from './tools-api'

/** What `bundledPlugins` may be told. */
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
