/**
 * What `import … from 'fast-gateway'` gives a program that embeds the gateway: the gateway itself, its stores, its plugins, and
 * the types to write hooks and plugins of one's own. TypeScript needs the types of `zod`, `hono` and
 * `@modelcontextprotocol/sdk` beside it (optional peers); at run time nothing of them is loaded.
 *
 * @example
 * const gateway = createGateway({ store: createSqliteStore({ file: 'gateway.db' }), plugins: bundledPlugins() })
 * createServer(gateway.handler).listen(3000, '127.0.0.1')
 */
export { GatewayError, type ErrorCode, type ErrorContext } from '../shared/errors'
export type { EventName, GatewayEvent, GatewayEvents } from '../shared/events'
export * from '../shared/records'
export { GatewayConfig, type ConfigSource } from './gateway/config'
export { configFromValues, openConfigFile } from './gateway/config-file'
export {
  createGateway,
  type CallOptions,
  type ClientOptions,
  type Clients,
  type Gateway,
  type GatewayOptions,
  type Groups,
  type HookOptions,
  type Listening,
  type Servers,
} from './gateway/gateway'
export type * from './gateway/hooks'
export { createLog, silentLog, type Level, type Log, type LogOptions } from './gateway/log'
export type { AdminEnv, Contribution, Kind, MetaTool, Plugin, PluginHost, Principal, Subject } from './gateway/plugin'
export type { Vault } from './gateway/secrets'
export { createMemoryStore } from './gateway/store/memory'
export { createSqliteStore, type SqliteStoreOptions } from './gateway/store/sqlite'
export type { Store } from './gateway/store/store'
export { approvalsPlugin, auditPlugin, bundledPlugins, oauthPlugin, policyPlugin, toolsApiPlugin } from './plugins/index'
export type { ApprovalDecision, Approvals, ApprovalsOptions, BundledOptions, OAuthOptions, PendingApproval } from './plugins/index'
export { createMemoryVault } from './vault/memory'
