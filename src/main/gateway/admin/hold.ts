import type { Context, MiddlewareHandler, Next } from 'hono'
import { canonicalJson } from '../../../shared/canonical-json'
import { GatewayError } from '../../../shared/errors'
import type { HeldChanges } from '../held-changes'
import type { AdminEnv, ChangeDraft, ChangeRequest, HoldRule } from '../plugin'
import { paramsOf } from './permissions'

/** What holding changes needs: where they wait, and the rules of every route that changes something; the first that fits counts. */
export interface HoldParts {
  readonly held: HeldChanges
  readonly rules: readonly HoldRule[]
}

/** Both ends of a plugin's rules put together: its paths begin with its name. */
export const rulesBelow = (name: string, rules: readonly HoldRule[]): HoldRule[] =>
  rules.map((rule) => ({ ...rule, path: `/${name}${rule.path === '/' ? '' : rule.path}` }))

/**
 * Whatever changes something and came over HTTP is looked at before its route sees it: what lets nothing more through passes, the rest
 * waits for the person at the app. Nothing is passed that no rule knows. The desktop's own door is not held.
 */
export function holdPrivileged({ held, rules }: HoldParts): MiddlewareHandler<AdminEnv> {
  const turns = new Map<string, Turn>()
  return async (c, next) => {
    const { principal } = c.env
    if (principal === 'desktop' || isReading(c.req.method)) return next()
    const { rule, params } = requireRule(rules, c)
    if ('passes' in rule) return next()
    const inTurn = turnOf(turns, rule.path)
    const request = await requestOf(c, params)
    const draft = await inTurn(async () => {
      const draft = await rule.describe(request)
      if (!draft) await next()
      return draft
    })
    if (!draft) return
    const asking = { principal, signal: c.req.raw.signal, onHeld: () => c.env.onHeld?.() }
    const execute = () =>
      inTurn(async () => {
        requireSame(draft, await rule.describe(request))
        await answered(c, next)
      })
    await held.hold(draft, asking, execute).catch((thrown: unknown) => {
      // The route's own failure has been answered.
      if (thrown !== c.error) throw thrown
    })
  }
}

const isReading = (method: string) => method === 'GET' || method === 'HEAD' || method === 'OPTIONS'

function requireRule(rules: readonly HoldRule[], { req }: Context<AdminEnv>) {
  for (const rule of rules) {
    const params = rule.method === req.method ? paramsOf(rule.path, req.path) : undefined
    if (params) return { rule, params }
  }
  throw new GatewayError('auth.forbidden', 'While the app runs this can only be done in its window: nobody could confirm it from here.')
}

async function requestOf({ req }: Context<AdminEnv>, raw: Readonly<Record<string, string>>): Promise<ChangeRequest> {
  const params = Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, decoded(value)]))
  // A copy: the route reads the same bytes in its own way.
  const text = req.raw.body === null ? '' : (await req.raw.clone().text()).trim()
  return { params, query: req.queries(), body: text === '' ? undefined : (JSON.parse(text) as unknown) }
}

/** As the route's own parameters are. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch (cause) {
    throw new GatewayError('input.invalid', 'The address holds a broken "%" sequence.', { cause })
  }
}

/** What was confirmed is what was shown, or nothing. */
function requireSame(shown: ChangeDraft, now: ChangeDraft | undefined): void {
  if (now && canonicalJson(now) === canonicalJson(shown)) return
  throw new GatewayError(
    'change.stale',
    'What this change was about has changed while it waited, so it was not made; look at how things are now and ask again.',
  )
}

/** The route's failure is the answer to whoever asked, and the person who confirmed hears of it as well. */
async function answered(c: Context<AdminEnv>, next: Next): Promise<void> {
  await next()
  if (c.error) throw c.error
}

type Turn = <T>(work: () => Promise<T>) => Promise<T>

/** One after the other for each noun, so that nothing changes between the look at a change and its happening; a keychain that hangs holds up secrets only. */
function turnOf(turns: Map<string, Turn>, path: string): Turn {
  const noun = path.split('/')[1] ?? ''
  const known = turns.get(noun) ?? createTurn()
  turns.set(noun, known)
  return known
}

function createTurn(): Turn {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
}
