/** What a command line says, word by word. */
export interface Words {
  readonly words: readonly string[]
  /** Why it cannot be used as it stands, with what to do; null when it can. */
  readonly flaw: string | null
}

/** Signs that a backslash takes the meaning from; before any other it is a path of Windows. */
const special = /[\s"'`$&|;<>()*?!#~{}[\]\\]/
const operators = /[|&;<>()`]/

interface Reading {
  readonly text: string
  at: number
  word: string | null
}

/**
 * The words of a command line: quotes and backslashes as a shell reads them, but nothing is run, looked up or put in: the gateway starts
 * programs without a shell. `$NAME`, `~` and `*` stay as they are.
 */
export function wordsOf(text: string): Words {
  const words: string[] = []
  const reading: Reading = { text, at: 0, word: null }
  const end = () => {
    if (reading.word !== null) words.push(reading.word)
    reading.word = null
  }
  while (reading.at < text.length) {
    const sign = text.charAt(reading.at)
    if (operators.test(sign)) return { words, flaw: `“${sign}” takes a shell, and none is started. Put it in quotes, or write sh -c '…'.` }
    if (/\s/.test(sign)) {
      end()
      reading.at += 1
    } else if (!readSign(reading, sign)) return { words, flaw: `A quotation mark (${sign}) has no partner.` }
  }
  end()
  return { words, flaw: null }
}

/** @returns whether it could be read */
function readSign(reading: Reading, sign: string): boolean {
  if (sign === "'") return readPlainQuotes(reading)
  if (sign === '"') return readQuotes(reading)
  if (sign === '\\') readBackslash(reading)
  else add(reading, sign, 1)
  return true
}

function add(reading: Reading, says: string, length: number): void {
  reading.word = (reading.word ?? '') + says
  reading.at += length
}

function readPlainQuotes(reading: Reading): boolean {
  const close = reading.text.indexOf("'", reading.at + 1)
  if (close === -1) return false
  add(reading, reading.text.slice(reading.at + 1, close), close + 1 - reading.at)
  return true
}

function readQuotes(reading: Reading): boolean {
  add(reading, '', 1)
  while (reading.at < reading.text.length) {
    const sign = reading.text.charAt(reading.at)
    if (sign === '"') {
      add(reading, '', 1)
      return true
    }
    if (sign === '\\' && /["\\$`\n]/.test(reading.text.charAt(reading.at + 1))) readBackslash(reading)
    else add(reading, sign, 1)
  }
  return false
}

/** At a line's end it joins two lines; two at the beginning of a word are a Windows share. */
function readBackslash(reading: Reading): void {
  const next = reading.text.slice(reading.at + 1, reading.at + 3)
  if (/^\r?\n/.test(next)) reading.at += next.startsWith('\r') ? 3 : 2
  else if (reading.word === null && /^\\[A-Za-z0-9]/.test(next)) add(reading, '\\\\', 2)
  else if (next !== '' && special.test(next.charAt(0))) add(reading, next.charAt(0), 2)
  else add(reading, '\\', 1)
}

/** A word so that `wordsOf`, and a shell, read it as it is. */
export const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

/** A program and its arguments as one line. */
export const lineOf = (command: string, args: readonly string[]): string => [command, ...args].map(quoted).join(' ')

/** A command as a server has it. */
export interface Command {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** Words with the variables before the program (`KEY=value npx …`, `env KEY=value npx …`) taken off; null where no program is left. */
export function commandOf(words: readonly string[]): Command | null {
  const given = words[0] === 'env' ? words.slice(1) : words
  const first = given.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word))
  const [command, ...args] = first === -1 ? [] : given.slice(first)
  if (command === undefined) return null
  const pairs = given.slice(0, first).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const)
  return { command, args, env: Object.fromEntries(pairs) }
}

/** A word that a shell would have put something else for: `~/notes`, `$HOME`, `*.json`; undefined: none. */
export const shellWord = (words: readonly string[]): string | undefined =>
  words.find((word) => /^~(?:\/|$)/.test(word) || /\$(?:[A-Za-z_]|\{[A-Za-z_]\w*\})/.test(word))
