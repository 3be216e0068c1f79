/** Signs that a backslash takes the meaning from; before any other it is a path of Windows. */
const special = /[\s"'`$&|;<>()*?!#~{}[\]\\]/
const operators = /[|&;<>()]/

/** Why a command line cannot be read without a shell, and the sign that shows it. */
export interface CommandFlaw {
  /** Pipes, redirections, several commands; another command inside of it; a quotation mark without a partner. */
  readonly kind: 'operator' | 'substitution' | 'quote'
  readonly sign: string
}

/** What a command line says as far as it can be read: the words of each line. */
export interface CommandWords {
  readonly lines: readonly (readonly string[])[]
  readonly flaw: CommandFlaw | null
}

/**
 * The words that a shell would make of a command line; nothing is run and nothing looked up. Backslashes of Windows paths stay.
 * @param as `typed`: for a program that is started without a shell, `$NAME`, `~` and `#` are what they are. `copied` from where a shell
 * reads it: `$NAME` becomes `${NAME}`, `~/` becomes `${HOME}/`, and comments are left out.
 */
export function commandWords(text: string, as: 'typed' | 'copied'): CommandWords {
  const reading = new Reading(text, as === 'copied')
  reading.readAll()
  return { lines: reading.lines.filter((line) => line.length > 0), flaw: reading.flaw }
}

class Reading {
  readonly lines: string[][] = [[]]
  flaw: CommandFlaw | null = null
  private at = 0
  private word: string | null = null

  constructor(
    private readonly text: string,
    private readonly isCopied: boolean,
  ) {}

  readAll(): void {
    while (this.at < this.text.length && !this.flaw) this.readSign(this.text.charAt(this.at))
    if (!this.flaw) this.endWord()
  }

  private readSign(sign: string): void {
    if (/\s/.test(sign)) this.readBlank(sign)
    else if (sign === "'") this.readPlainQuotes()
    else if (sign === '"') this.readQuotes()
    else if (sign === '\\') this.readBackslash()
    else if (this.isCopied && this.readMeaning(sign)) return
    else if (operators.test(sign) || sign === '`') this.flaw = { kind: 'operator', sign }
    else this.add(sign, 1)
  }

  private readBlank(sign: string): void {
    this.endWord()
    if (sign === '\n') this.lines.push([])
    this.at++
  }

  /** What a shell puts something else for. @returns whether this is such a sign */
  private readMeaning(sign: string): boolean {
    if (sign === '$' || sign === '`') this.readDollar()
    else if (sign === '#' && this.word === null) this.at = this.placeOf('\n', this.at)
    else if (sign === '~' && this.word === null && /^~(?:[/\s]|$)/.test(this.text.slice(this.at, this.at + 2))) this.add('${HOME}', 1)
    else return false
    return true
  }

  private readPlainQuotes(): void {
    const close = this.placeOf("'", this.at + 1)
    if (close === this.text.length) this.flaw = { kind: 'quote', sign: "'" }
    else this.add(this.text.slice(this.at + 1, close), close + 1 - this.at)
  }

  private readQuotes(): void {
    this.add('', 1)
    while (this.at < this.text.length && !this.flaw) {
      const sign = this.text.charAt(this.at)
      if (sign === '"') return this.add('', 1)
      if (sign === '\\' && /["\\$`\n]/.test(this.text.charAt(this.at + 1))) this.readBackslash()
      else if (this.isCopied && (sign === '$' || sign === '`')) this.readDollar()
      else this.add(sign, 1)
    }
    this.flaw ??= { kind: 'quote', sign: '"' }
  }

  /** At a line's end it joins two lines; two at the beginning of a word are a Windows share. */
  private readBackslash(): void {
    const next = this.text.slice(this.at + 1, this.at + 3)
    if (/^\r?\n/.test(next)) this.at += next.startsWith('\r') ? 3 : 2
    else if (this.word === null && /^\\[A-Za-z0-9]/.test(next)) this.add('\\\\', 2)
    else if (next !== '' && special.test(next.charAt(0))) this.add(next.charAt(0), 2)
    else this.add('\\', 1)
  }

  private readDollar(): void {
    const rest = this.text.slice(this.at, this.at + 256)
    if (/^(?:`|\$\()/.test(rest)) {
      this.flaw = { kind: 'substitution', sign: rest.charAt(0) }
      return
    }
    const name = /^\$([A-Za-z_]\w*)/.exec(rest)
    if (name) return this.add(`\${${name[1] ?? ''}}`, name[0].length)
    const braced = /^\$\{[^{}\s]{1,200}\}/.exec(rest)
    this.add(braced ? braced[0] : '$', braced ? braced[0].length : 1)
  }

  private add(says: string, length: number): void {
    this.word = (this.word ?? '') + says
    this.at += length
  }

  private endWord(): void {
    if (this.word !== null) this.lines.at(-1)?.push(this.word)
    this.word = null
  }

  /** The end of the text where it does not stand. */
  private placeOf(sign: string, from: number): number {
    const found = this.text.indexOf(sign, from)
    return found === -1 ? this.text.length : found
  }
}
