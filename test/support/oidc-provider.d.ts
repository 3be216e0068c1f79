/** What the tests use of oidc-provider, which brings no types of its own. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'
  interface Interaction {
    readonly prompt: { readonly name: string }
    readonly params: Readonly<Record<string, string | undefined>>
    readonly session?: { readonly accountId: string }
  }
  interface Grant {
    addOIDCScope(scope: string): void
    addResourceScope(resource: string, scope: string): void
    save(): Promise<string>
  }
  interface AccessToken {
    readonly scope?: string
    readonly aud?: string | readonly string[]
    readonly isExpired: boolean
  }
  interface Model {
    find(value: string): Promise<AccessToken | undefined>
  }
  class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>)
    readonly Grant: new (facts: { accountId: string; clientId: string }) => Grant
    readonly AccessToken: Model
    readonly ClientCredentials: Model
    callback(): (req: IncomingMessage, res: ServerResponse) => void
    interactionDetails(req: IncomingMessage, res: ServerResponse): Promise<Interaction>
    interactionFinished(req: IncomingMessage, res: ServerResponse, result: object, options: object): Promise<void>
    on(event: string, listener: (...args: unknown[]) => void): void
  }
  export { Provider as default }
}
