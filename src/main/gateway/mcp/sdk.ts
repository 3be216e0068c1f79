/**
 * The one re-export of `@modelcontextprotocol/sdk`. Slow to load: import it with `await import('./sdk')`, when it is needed.
 */
export { Client } from '@modelcontextprotocol/sdk/client/index.js'
export { SSEClientTransport, SseError } from '@modelcontextprotocol/sdk/client/sse.js'
export type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
export type { ClientCapabilities, JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
