import { GatewayError } from '../../shared/errors'
import type { Events } from './events'
import type { Log } from './log'
import type { Contribution } from './plugin'
import type { Store } from './store/store'

/** What pausing needs of the gateway. */
export interface PauseParts {
  readonly store: Pick<Store, 'getMeta' | 'setMeta'>
  /** Those that hold calls give them up. */
  contributions(): readonly (Contribution & { readonly name: string })[]
  readonly emit: Events['emit']
  readonly log: Log
}

/**
 * The panic switch. While it is on, every new tool call of every door is refused, and so is everything else that reaches an
 * upstream for a client (reading a resource, getting a prompt, completing); lists go on, since they come from memory. Calls that
 * an upstream is working on end by themselves. It outlasts the process.
 */
export interface Pause {
  /** ISO 8601; null while calls run. */
  since(): string | null
  /** What a refused caller reads; undefined while calls run. */
  refusal(): GatewayError | undefined
  /** In force at once, whatever else fails. */
  pause(): void
  /** @throws GatewayError `store.unavailable`; it is then still paused */
  resume(): void
}

const key = 'paused_since'
const running = ''

export function createPause({ store, contributions, emit, log }: PauseParts): Pause {
  let since = store.getMeta(key) ?? running
  const toldSince = () => (since === running ? null : since)
  const tell = () => emit('gateway.paused', { paused_since: toldSince() })
  return {
    since: toldSince,
    refusal: () => (since === running ? undefined : paused(since)),
    pause() {
      if (since !== running) return
      since = new Date().toISOString()
      try {
        store.setMeta(key, since)
      } catch (error) {
        log.error('Calls are paused, but that could not be written down: they would run again after a restart.', { error })
      }
      for (const contribution of contributions()) giveUp(contribution, log)
      tell()
    },
    resume() {
      if (since === running) return
      store.setMeta(key, running)
      since = running
      tell()
    },
  }
}

function giveUp(contribution: Contribution & { readonly name: string }, log: Log): void {
  try {
    contribution.pause?.()
  } catch (error) {
    log.error(`The plugin ${contribution.name} failed to give up what waits.`, { error })
  }
}

const paused = (since: string) =>
  new GatewayError(
    'gateway.paused',
    `A person has paused all calls in Fast Gateway (since ${since}). Nothing was run; wait until they have resumed, then call again.`,
    { details: { rule: 'paused' } },
  )
