import type { View } from '../catalog'
import type { Compiled } from './compile'
import type { RequestContext } from '../hooks'
import { createLru } from './lru'

/** Views kept compiled; the one asked for longest ago goes first. */
export const mostViews = 200
/** Compilations of one view that may be overtaken by changes before its callers get the last of them. */
const mostAttempts = 3

export interface Views {
  /** The same promise for the same client, group and capability until `forget()`: callers share one compilation. */
  view(context: RequestContext): Promise<View>
  forget(): void
  /** How often there was something to forget. */
  version(): number
}

export function createViews(compile: (context: RequestContext) => Promise<Compiled>): Views {
  const views = createLru<string, Promise<View>>(mostViews)
  let version = 0

  async function compileCurrent(context: RequestContext): Promise<Compiled> {
    for (let attempt = 1; ; attempt++) {
      const begun = version
      const compiled = await compile(context)
      if (begun === version || attempt === mostAttempts) return compiled
    }
  }

  function view(context: RequestContext): Promise<View> {
    // A group's name holds no line break, so that no two callers have one key.
    const key = `${context.group ?? ''}\n${context.capable === true}\n${context.client}`
    const known = views.get(key)
    if (known) return known
    const drop = () => views.get(key) === compiling && views.delete(key)
    const compiling: Promise<View> = compileCurrent(shareable(context)).then(
      (compiled) => (compiled.sound || drop(), compiled.view),
      (error: unknown) => {
        drop()
        throw error
      },
    )
    views.set(key, compiling)
    return compiling
  }

  const forget = () => {
    version++
    views.clear()
  }

  return { view, forget, version: () => version }
}

/** Hooks see nothing of the request that the view is not kept by. */
const shareable = ({ client, group, capable }: RequestContext): RequestContext => ({
  ...(capable ? { capable } : {}),
  ...{ client, group, sessionId: null, door: 'mcp', headers: {} },
})
