import { createScanner } from 'jsonc-parser'
import { isSecretKey, redactText } from '../../../shared/redact'

const mark = '"[redacted]"'
/** The scanner's kinds of tokens, whose enumeration exists for the compiler only. */
const kinds = {
  openBrace: 1,
  closeBrace: 2,
  openBracket: 3,
  closeBracket: 4,
  comma: 5,
  colon: 6,
  string: 10,
  number: 11,
  endOfFile: 17,
} as const

/** A string of the text: what it says and where it stands, its quotes included. */
interface Word {
  readonly says: string
  readonly from: number
  readonly to: number
  /** What makes it one: a value below a key, or a neighbour in a list. */
  readonly behind: Behind
}
/** `secret`: somewhere below a secret's key. */
type Behind = 'key' | 'comma' | 'other' | 'secret'

/** A config's text with its secrets masked, everything else as it was; for looking at, not for writing. */
export const maskJson = (text: string): string => redactText(masked(text, jsonWords(text)))
/** The same for TOML. */
export const maskToml = (text: string): string => redactText(masked(text, tomlWords(text)))

/** Whether a value of this name is likely to be one: beside the usual names, what programs call their keys (`EXA_KEY`, `GITHUB_PAT`). */
export const isSecretName = (name: string): boolean => isSecretKey(name) || /(?:^|[_-])(?:key|pat|pass|creds?|dsn|signature)$/i.test(name)

/** Values below a secret's key, and words behind a secret's flag: `"--api-key", "…"`. */
function masked(text: string, words: Iterable<Word>): string {
  let out = ''
  let copied = 0
  let before = ''
  for (const word of words) {
    if (isSecretWord(word, before) && word.says !== '') {
      out += text.slice(copied, word.from) + mark
      copied = word.to
    }
    before = word.says
  }
  return out + text.slice(copied)
}

function isSecretWord({ behind }: Word, before: string): boolean {
  if (behind === 'secret') return true
  return behind === 'key' ? isSecretName(before) : behind === 'comma' && isSecretFlag(before)
}

/** `--api-key`, `-token`: the next argument is its value. */
export const isSecretFlag = (argument: string): boolean => /^--?[A-Za-z][\w-]*$/.test(argument) && isSecretName(argument)

/** An object or list that is open; `isSecret` when it stands below a secret's key. */
interface Container {
  readonly isObject: boolean
  readonly isSecret: boolean
}

function* jsonWords(text: string): Generator<Word> {
  const scanner = createScanner(text, true)
  const open: Container[] = []
  let behind: Behind = 'other'
  let before = ''
  for (let kind: number = scanner.scan(); kind !== kinds.endOfFile; kind = scanner.scan()) {
    if (kind === kinds.string || kind === kinds.number) {
      const says = scanner.getTokenValue()
      const from = scanner.getTokenOffset()
      yield { says, from, to: from + scanner.getTokenLength(), behind: isValueOf(open.at(-1), behind) ? 'secret' : behind }
      before = says
    } else enterOrLeave(open, kind, behind === 'key' && isSecretName(before))
    behind = behindOf(kind)
  }
}

const behindOf = (kind: number): Behind => (kind === kinds.colon ? 'key' : kind === kinds.comma ? 'comma' : 'other')

function enterOrLeave(open: Container[], kind: number, isSecret: boolean): void {
  if (kind === kinds.closeBrace || kind === kinds.closeBracket) open.pop()
  if (kind !== kinds.openBrace && kind !== kinds.openBracket) return
  open.push({ isObject: kind === kinds.openBrace, isSecret: isSecret || open.at(-1)?.isSecret === true })
}

/** Keys below a secret's key are shown, values are not. */
const isValueOf = (container: Container | undefined, behind: Behind): boolean =>
  container?.isSecret === true && (behind === 'key' || !container.isObject)

const tomlTokens = /"""(?:[^\\]|\\[\s\S])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|[A-Za-z0-9_-]+|[=,[\]{}.]/g

/** No name of a secret is longer. */
const longestName = 300

/** Bare keys are words too; a number is never masked, since versions and dates look like them. */
function* tomlWords(text: string): Generator<Word> {
  let behind: Behind = 'other'
  for (const { 0: token, index } of text.matchAll(tomlTokens)) {
    if (token.startsWith('#')) continue
    const isWord = /^[\w"'-]/.test(token)
    const isBareValue = behind !== 'other' && !/^["']/.test(token)
    if (isWord)
      yield {
        says: token.slice(0, longestName).replace(/^["']+|["']+$/g, ''),
        from: index,
        to: index + token.length,
        behind: isBareValue ? 'other' : behind,
      }
    behind = token === '=' ? 'key' : token === ',' ? 'comma' : 'other'
  }
}
