/** Longest text that is looked at: what a query, or one field of a tool, has beyond it is ignored. Characters. */
const MAX_TEXT = 4_000
/** Words of a query beyond these are ignored. */
const MAX_TERMS = 32

/** Letters of scripts that write no spaces between words; U+30FC is the Japanese long-vowel sign. */
const unspaced = '\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Khmr}\\p{sc=Mymr}\\u30fc'
const notUnspaced = `(?![${unspaced}])`
const run = new RegExp(
  `(?=[\\p{L}\\p{N}])[${unspaced}][${unspaced}\\p{M}]*|${notUnspaced}[\\p{L}\\p{N}](?:${notUnspaced}[\\p{L}\\p{N}\\p{M}])*`,
  'gu',
)
const beginsUnspaced = new RegExp(`^[${unspaced}]`, 'u')
/** Between `create` and `Issue`, between `HTTP` and `Server`. */
const camelHump = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u

/**
 * The words of a text, without case, accents and compatibility forms. `createIssue` gives `createissue`, `create` and `issue`; a run of
 * Chinese, Japanese or Thai gives each pair of neighbouring characters and the last one, so that every part of it is the beginning
 * of one of its words. A word holds letters, digits and marks only.
 */
export function words(text: string): string[] {
  return runs(text).flatMap((piece) => (beginsUnspaced.test(piece) ? pairs([...piece]) : humps(piece)))
}

/** The words of a name, and the whole of it without its separators: `create_issue` is found as `createissue` too. */
export function nameWords(name: string): string[] {
  const parts = words(name)
  const whole = words(name.replace(/[^\p{L}\p{N}\p{M}]+/gu, ''))[0]
  return whole === undefined || parts.includes(whole) ? parts : [whole, ...parts]
}

/** What to look for: a tool is found when one of its words begins with one of these. */
export function queryTerms(query: string): string[] {
  const terms = runs(query).flatMap((piece) => (beginsUnspaced.test(piece) ? inner([...piece]) : humps(piece)))
  return [...new Set(terms)].slice(0, MAX_TERMS)
}

const runs = (text: string): string[] =>
  text
    .slice(0, MAX_TEXT)
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .match(run) ?? []

const pairs = (characters: readonly string[]): string[] => characters.map((character, index) => character + (characters[index + 1] ?? ''))
/** The last character alone would find everything that holds it. */
const inner = (characters: readonly string[]): string[] => (characters.length > 1 ? pairs(characters).slice(0, -1) : [...characters])

function humps(piece: string): string[] {
  const folded = piece.toLowerCase()
  if (folded === piece) return [piece]
  const parts = piece.split(camelHump)
  return parts.length > 1 ? [folded, ...parts.map((part) => part.toLowerCase())] : [folded]
}
