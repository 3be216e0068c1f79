import { randomUUID } from 'node:crypto'
import type { ChangeOutcome, HeldChange } from '../../shared/changes'
import { GatewayError, type ErrorCode } from '../../shared/errors'
import type { Events } from './events'
import type { ChangeDraft } from './plugin'

/**
 * Published limits: changes that wait at once; milliseconds until one that nobody answers is refused, which is less than the five minutes
 * after which common HTTP clients give up; characters of all texts of one, so that a person can read it and an event can carry it.
 */
export const changeLimits = { waiting: 20, expiresMs: 240_000, textChars: 65_536 } as const

/** The same limits, or smaller ones for a test. */
type Limits = { readonly [Limit in keyof typeof changeLimits]: number }

/** Who asked for a change. `signal` aborts when they go away. */
export interface Asking {
  readonly principal: HeldChange['principal']
  readonly signal: AbortSignal
  /** It waits now. */
  onHeld?(): void
}

/** Changes that wait for the person at the app. In memory: with the process end the requests that they belong to. */
export interface HeldChanges {
  /** The oldest first. */
  list(): HeldChange[]
  /**
   * Waits until the person has confirmed, then does it.
   * @param execute does what was shown, or throws
   * @throws GatewayError `limit.changes`, `input.too_large`, `change.rejected`, `change.unanswered`, `call.cancelled`, `gateway.closing`, and what `execute` throws
   */
  hold(draft: ChangeDraft, asking: Asking, execute: () => Promise<void>): Promise<void>
  /** Resolves when it is done. @throws GatewayError `change.not_found`, and what doing it throws */
  confirm(id: string): Promise<void>
  /** @throws GatewayError `change.not_found` */
  reject(id: string): void
  /** Refuses those that wait, and all that come. */
  close(): void
}

interface Waiting {
  readonly change: HeldChange
  /** Ends the waiting; a refusal is told to whoever asked. Without one the change is made. */
  end(outcome: ChangeOutcome, refusal?: GatewayError): Promise<void>
}

export function createHeldChanges({ emit }: { readonly emit: Events['emit'] }, limits: Limits = changeLimits): HeldChanges {
  const desk: Desk = { waiting: new Map(), emit, expiresMs: limits.expiresMs }
  const { waiting } = desk
  let closed = false
  function require(id: string): Waiting {
    const found = waiting.get(id)
    if (found) return found
    throw new GatewayError('change.not_found', 'No such change waits (any more): it was decided, withdrawn, or waited too long.')
  }
  return {
    list: () => [...waiting.values()].map(({ change }) => change),
    async hold(draft, asking, execute) {
      if (closed) throw refusals.closing()
      if (asking.signal.aborted) throw refusals.withdrawn()
      if (waiting.size >= limits.waiting) throw refusals.tooMany(limits.waiting)
      if (charsOf(draft) > limits.textChars) throw refusals.tooLarge(limits.textChars)
      await wait(desk, changeOf(draft, asking.principal, limits.expiresMs), asking, execute)
    },
    confirm: async (id) => require(id).end('confirmed'),
    reject: (id) => void require(id).end('rejected', refusals.rejected()),
    close() {
      closed = true
      for (const { end } of waiting.values()) void end('withdrawn', refusals.closing())
    },
  }
}

interface Desk {
  readonly waiting: Map<string, Waiting>
  readonly emit: Events['emit']
  readonly expiresMs: number
}

function wait(desk: Desk, change: HeldChange, { signal, onHeld }: Asking, execute: () => Promise<void>): Promise<void> {
  const { waiting, emit, expiresMs } = desk
  return new Promise<void>((resolve, reject) => {
    const end: Waiting['end'] = async (outcome, refusal) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', leave)
      waiting.delete(change.id)
      emit('change.closed', { id: change.id, outcome })
      if (refusal) return reject(refusal)
      const done = execute()
      done.then(resolve, reject)
      return done
    }
    const leave = () => void end('withdrawn', refusals.withdrawn())
    const timer = setTimeout(() => void end('expired', refusals.expired()), expiresMs).unref()
    signal.addEventListener('abort', leave)
    waiting.set(change.id, { change, end })
    emit('change.held', { change })
    onHeld?.()
  })
}

function changeOf({ kind, title, details }: ChangeDraft, principal: HeldChange['principal'], expiresMs: number): HeldChange {
  const now = Date.now()
  const times = { created_at: new Date(now).toISOString(), expires_at: new Date(now + expiresMs).toISOString() }
  return { id: randomUUID(), kind, title, details: details.map((detail) => ({ ...detail })), principal, ...times }
}

const charsOf = ({ title, details }: ChangeDraft): number =>
  details.reduce((sum, { label, before, after }) => sum + label.length + (before?.length ?? 0) + (after?.length ?? 0), title.length)

const refusal = (code: ErrorCode, message: string) => () => new GatewayError(code, message)

const refusals = {
  rejected: refusal(
    'change.rejected',
    'The person at the app refused this change; nothing was changed. Do not ask again unless they say so.',
  ),
  expired: refusal(
    'change.unanswered',
    'Nobody confirmed this change in the app; nothing was changed. Ask again when the person is there.',
  ),
  withdrawn: refusal('call.cancelled', 'Whoever asked for this change has gone; nothing was changed.'),
  closing: refusal('gateway.closing', 'The gateway is closing; nothing was changed. Ask again when it is back.'),
  tooMany: (most: number) =>
    new GatewayError('limit.changes', `${most} changes wait for the person at the app already; ask again when some are decided.`),
  tooLarge: (most: number) =>
    new GatewayError(
      'input.too_large',
      `This is more than a person is asked to read (${most} characters); make the change in the app itself.`,
    ),
}
