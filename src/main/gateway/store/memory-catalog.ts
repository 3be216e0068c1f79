import type { UpstreamCatalog } from '../../../shared/records'
import type { CatalogTable } from './store'
import { fieldWeights, toolRefs, toolTexts, type ToolRef, type ToolText } from './tool-text'
import { queryTerms } from './words'

interface Document {
  readonly ref: ToolRef
  readonly text: ToolText
  readonly length: number
}

export function memoryCatalog(): CatalogTable {
  const catalogs = new Map<string, string>()
  let documents: readonly Document[] | undefined
  const list = (): UpstreamCatalog[] => [...catalogs.values()].map((text) => JSON.parse(text) as UpstreamCatalog)
  return {
    list,
    put(catalog) {
      catalogs.set(catalog.server_id, JSON.stringify(catalog))
      documents = undefined
    },
    remove(serverId) {
      documents = undefined
      return catalogs.delete(serverId)
    },
    *search(query) {
      const terms = queryTerms(query)
      if (terms.length === 0) return yield* list().flatMap(toolRefs)
      documents ??= list().flatMap(toolTexts).map(measured)
      yield* ranked(documents, terms)
    },
  }
}

const measured = (tool: { readonly ref: ToolRef; readonly text: ToolText }): Document => ({ ...tool, length: tool.text.flat().length })

/** Okapi BM25 with the constants of SQLite's FTS5 (https://sqlite.org/fts5.html#the_bm25_function), so that both stores rank alike. */
const K1 = 1.2
const B = 0.75

function ranked(documents: readonly Document[], terms: readonly string[]): ToolRef[] {
  const average = documents.reduce((sum, { length }) => sum + length, 0) / documents.length
  const scores = new Map<Document, number>()
  for (const term of terms) {
    const hits = documents.flatMap((document) => {
      const frequency = weightedFrequency(document.text, term)
      return frequency > 0 ? [{ document, frequency }] : []
    })
    const idf = Math.max(Math.log((documents.length - hits.length + 0.5) / (hits.length + 0.5)), 1e-6)
    for (const { document, frequency } of hits) {
      const score = (idf * (frequency * (K1 + 1))) / (frequency + K1 * (1 - B + (B * document.length) / average))
      scores.set(document, (scores.get(document) ?? 0) + score)
    }
  }
  const order = new Map(documents.map((document, index) => [document, index]))
  const found = [...scores].sort(([a, left], [b, right]) => right - left || (order.get(a) ?? 0) - (order.get(b) ?? 0))
  return found.map(([document]) => document.ref)
}

const weightedFrequency = (text: ToolText, term: string): number =>
  fieldWeights.reduce((sum, weight, index) => sum + weight * (text[index] ?? []).filter((word) => word.startsWith(term)).length, 0)
