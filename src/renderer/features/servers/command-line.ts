import { commandWords, type CommandFlaw } from '../../../shared/command-words'

/** What a command line says, word by word. */
export interface Words {
  readonly words: readonly string[]
  /** Why it cannot be used as it stands, with what to do; null when it can. */
  readonly flaw: string | null
}

/**
 * The words of a command line as it is typed: the gateway starts programs without a shell, so `$NAME`, `~` and `*` stay as they are.
 */
export function wordsOf(text: string): Words {
  const { lines, flaw } = commandWords(text, 'typed')
  return { words: lines.flat(), flaw: flaw && explain(flaw) }
}

const explain = ({ kind, sign }: CommandFlaw): string =>
  kind === 'quote'
    ? `A quotation mark (${sign}) has no partner.`
    : `“${sign}” takes a shell, and none is started. Put it in quotes, or write sh -c '…'.`

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
