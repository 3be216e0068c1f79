/**
 * What `import … from 'fast-gateway'` gives: the gateway for programs that embed it, its stores, its plugins, and the types to
 * write hooks and plugins of one's own.
 */
export { GatewayError, type ErrorCode } from '../shared/errors'
export type { EventName, GatewayEvent, GatewayEvents } from '../shared/events'
export type * from '../shared/records'
export type { ConfigSource, GatewayConfig } from './gateway/config'
export { configFromValues, openConfigFile } from './gateway/config-file'
export {
  createGateway,
  type Clients,
  type Gateway,
  type GatewayOptions,
  type Groups,
  type HookOptions,
  type Listening,
  type Servers,
} from './gateway/gateway'
export type * from './gateway/hooks'
export { createLog, silentLog, type Log } from './gateway/log'
export type { AdminEnv, Contribution, Kind, MetaTool, Plugin, PluginHost, Principal, Subject } from './gateway/plugin'
export type { Vault } from './gateway/secrets'
export { createMemoryStore } from './gateway/store/memory'
export { createSqliteStore } from './gateway/store/sqlite'
export type { Store } from './gateway/store/store'
export { approvalsPlugin, auditPlugin, bundledPlugins, policyPlugin, toolsApiPlugin } from './plugins/index'
