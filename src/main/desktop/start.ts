import type { Approval } from '../../shared/records'
import type { Gateway, Listening } from '../gateway/gateway'
import type { Log } from '../gateway/log'
import type { Plugin } from '../gateway/plugin'
import type { StartChoice } from './start-failure'

/** What waits for a person, and the person's answers. */
export interface Decider {
  /** @throws GatewayError when it is not pending (any more), or may not be decided so */
  decide(id: string, decision: { readonly approve: boolean; readonly by: 'notification' }): Approval
  /** @throws GatewayError when it is not pending (any more) */
  review(id: string): { readonly notify_approve: boolean }
  /** Oldest first. */
  pending(): readonly Approval[]
  /** Nothing expires until the function that it gives back is called; what waits then has that much longer. */
  suspend(): () => void
}

/** A gateway that listens, and the way to end it. */
export interface Running {
  readonly gateway: Gateway
  readonly listening: Listening
  readonly configFile: string
  readonly approvals: Decider
  close(): Promise<void>
}

/** What the app asks of its gateway. */
export interface GatewayWishes {
  /** From now on, instead of the one in the config. */
  readonly port: number | undefined
  readonly plugin: Plugin
  /** Servers are connected after this. */
  readonly connectAfter: Promise<void>
  /** Told of every call that waits for a person. */
  notifier(approval: Approval): void
}

/** What starting a gateway takes. */
export interface StartParts {
  readonly log: Log
  /** @param port instead of the one in the config */
  open(port: number | undefined): Promise<Running>
  ask(failure: unknown): Promise<StartChoice>
  openConfig(): Promise<void>
}

/** Opens the gateway, and asks what to do for as long as that fails. @returns undefined when the person gives up */
export async function startGateway({ log, open, ask, openConfig }: StartParts): Promise<Running | undefined> {
  for (let port: number | undefined; ;) {
    try {
      return await open(port)
    } catch (failure) {
      log.error('The gateway could not start.', { error: failure })
      const choice = await ask(failure)
      if (choice.kind === 'quit') return undefined
      if (choice.kind === 'port') port = choice.port
      if (choice.kind === 'config') await openConfig()
    }
  }
}
