import { createServer } from 'node:net'
import { GatewayError } from '../../shared/errors'

/** What a person may choose when the gateway could not start. */
export type StartChoice = { readonly kind: 'again' | 'config' | 'quit' } | { readonly kind: 'port'; readonly port: number }

/** A question to the person: what is so, what it means, and the answers in the order of their buttons. */
export interface StartQuestion {
  readonly message: string
  readonly detail: string
  readonly answers: readonly { readonly label: string; readonly choice: StartChoice }[]
}

const again = { label: 'Try again', choice: { kind: 'again' } } as const
/** There are no settings to show without a gateway; the file is what they are kept in. */
const config = { label: 'Open the settings file', choice: { kind: 'config' } } as const
const quit = { label: 'Quit', choice: { kind: 'quit' } } as const

/** Whether another program has the port that the gateway wants. */
export const isPortTaken = (failure: unknown): failure is GatewayError =>
  failure instanceof GatewayError && failure.code === 'listen.port_taken'

/** @param freePort one that could be used instead; undefined where there is none, or another one would not help */
export function startQuestion(failure: unknown, freePort: number | undefined): StartQuestion {
  if (isPortTaken(failure) && freePort !== undefined) {
    return {
      message: 'Another program uses the port of Fast Gateway',
      detail: `${failure.message}\n\nAgents know the gateway by its port: with another one they have to be connected again.`,
      answers: [{ label: `Use port ${freePort} instead`, choice: { kind: 'port', port: freePort } }, config, again, quit],
    }
  }
  const detail = failure instanceof GatewayError ? failure.message : `Something happened that was not foreseen: ${String(failure)}`
  return { message: 'Fast Gateway could not start', detail, answers: [again, config, quit] }
}

/** How many ports are tried. */
const tries = 100

/** The first port from here on that nothing listens on. */
export async function findFreePort(host: string, from: number): Promise<number | undefined> {
  for (let port = from; port < Math.min(from + tries, 65_536); port++) if (await isFree(host, port)) return port
  return undefined
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
