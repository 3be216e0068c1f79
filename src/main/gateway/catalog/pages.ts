import { createHash } from 'node:crypto'
import type { ListMethod } from '../catalog'
import type { Listed } from './entries'
import { createLru } from './lru'

/** A page of a list ends at whichever comes first; a single larger item is a page of its own. Items, and bytes of their text. */
export const pageLimits = { items: 1000, bytes: 4 * 1024 * 1024 }
/** Pages kept ready for all views together. Bytes. Pages beyond it are built again when asked for. */
export const mostPageBytes = 64 * 1024 * 1024

export const resultKeys: Readonly<Record<ListMethod, string>> = {
  'tools/list': 'tools',
  'prompts/list': 'prompts',
  'resources/list': 'resources',
  'resources/templates/list': 'resourceTemplates',
}

/** Changes when any line of the list changes, or their order. */
export function digestOf(list: readonly Listed[]): string {
  return createHash('sha256')
    .update(list.map((line) => line.token).join('\n'))
    .digest('base64url')
}

export interface PageCache {
  /** The same digest of the same method has the same pages, whoever asks: equal views share them. */
  pages(method: ListMethod, digest: string, list: readonly Listed[]): readonly Buffer[]
}

export function createPageCache(mostBytes = mostPageBytes): PageCache {
  const known = createLru<string, readonly Buffer[]>(mostBytes, (pages) => pages.reduce((sum, page) => sum + page.length, 0))
  return {
    pages(method, digest, list) {
      const key = `${method} ${digest}`
      const before = known.get(key)
      if (before) return before
      const built = buildPages(resultKeys[method], list)
      known.set(key, built)
      return built
    },
  }
}

/** The whole list as results of `METHOD/list`, in UTF-8: `{"tools":[…]}`, with `nextCursor` on all but the last. */
export function buildPages(resultKey: string, list: readonly Listed[], limits = pageLimits): readonly Buffer[] {
  const groups = split(
    list.map((line) => line.text()),
    limits,
  )
  return groups.map((texts, index) => {
    const next = index + 1 < groups.length ? `,"nextCursor":"${String(index + 1)}"` : ''
    return Buffer.from(`{"${resultKey}":[${texts.join(',')}]${next}}`)
  })
}

function split(texts: readonly string[], limits: typeof pageLimits): readonly (readonly string[])[] {
  const groups: string[][] = [[]]
  let open = groups[0] ?? []
  let bytes = 0
  for (const text of texts) {
    const size = Buffer.byteLength(text)
    if (open.length > 0 && (open.length >= limits.items || bytes + size > limits.bytes)) {
      groups.push((open = []))
      bytes = 0
    }
    open.push(text)
    bytes += size
  }
  return groups
}
