import { unreadable } from './unreadable'

/** Characters that a backslash outside of quotes takes the meaning from; before any other it is a path of Windows. */
const special = /[\s"'`$&|;<>()*?!#~{}[\]\\]/
const operators = /[|&;<>()]/

interface Reading {
  readonly text: string
  at: number
  word: string | null
}

/**
 * A command line as the words that a shell would make of it, line by line; nothing is run and nothing looked up. `$NAME` becomes
 * `${NAME}`, `~/` becomes `${HOME}/`; backslashes of Windows paths stay.
 * @throws GatewayError `agent.unreadable` for what only a shell can do: pipes, redirections, several commands on a line, substitutions
 */
export function wordsOf(text: string): string[][] {
  const lines: string[][] = [[]]
  const reading: Reading = { text, at: 0, word: null }
  const end = () => {
    if (reading.word !== null) lines.at(-1)?.push(reading.word)
    reading.word = null
  }
  while (reading.at < text.length) {
    const sign = text.charAt(reading.at)
    if (/\s/.test(sign)) {
      end()
      if (sign === '\n') lines.push([])
      reading.at++
    } else if (sign === '#' && reading.word === null) reading.at = endOf(text, '\n', reading.at)
    else readSign(reading, sign)
  }
  end()
  return lines.filter((line) => line.length > 0)
}

function readSign(reading: Reading, sign: string): void {
  if (sign === "'") readPlainQuotes(reading)
  else if (sign === '"') readQuotes(reading)
  else if (sign === '\\') readBackslash(reading)
  else if (sign === '$' || sign === '`') readDollar(reading)
  else if (sign === '~' && reading.word === null && /^~(?:[/\s]|$)/.test(reading.text.slice(reading.at, reading.at + 2)))
    add(reading, '${HOME}', 1)
  else if (operators.test(sign)) throw unreadable(`It uses "${sign}", which takes a shell; paste only the command that starts the server.`)
  else add(reading, sign, 1)
}

function add(reading: Reading, says: string, length: number): void {
  reading.word = (reading.word ?? '') + says
  reading.at += length
}

const endOf = (text: string, sign: string, from: number): number => {
  const found = text.indexOf(sign, from)
  return found === -1 ? text.length : found
}

const unclosed = () => unreadable('A quotation mark has no partner.')

function readPlainQuotes(reading: Reading): void {
  const close = reading.text.indexOf("'", reading.at + 1)
  if (close === -1) throw unclosed()
  add(reading, reading.text.slice(reading.at + 1, close), close + 1 - reading.at)
}

function readQuotes(reading: Reading): void {
  add(reading, '', 1)
  for (;;) {
    const sign = reading.text.charAt(reading.at)
    if (sign === '') throw unclosed()
    if (sign === '"') return add(reading, '', 1)
    if (sign === '\\' && /["\\$`\n]/.test(reading.text.charAt(reading.at + 1))) readBackslash(reading)
    else if (sign === '$' || sign === '`') readDollar(reading)
    else add(reading, sign, 1)
  }
}

/** At a line's end it joins two lines; two at the beginning of a word are a Windows share. */
function readBackslash(reading: Reading): void {
  const next = reading.text.slice(reading.at + 1, reading.at + 3)
  if (/^\r?\n/.test(next)) reading.at += next.startsWith('\r') ? 3 : 2
  else if (reading.word === null && /^\\[A-Za-z0-9]/.test(next)) add(reading, '\\\\', 2)
  else if (next !== '' && special.test(next.charAt(0))) add(reading, next.charAt(0), 2)
  else add(reading, '\\', 1)
}

function readDollar(reading: Reading): void {
  const rest = reading.text.slice(reading.at, reading.at + 256)
  if (/^(?:`|\$\()/.test(rest)) throw unreadable('It runs another command inside of it, which takes a shell; put in what that would say.')
  const name = /^\$([A-Za-z_]\w*)/.exec(rest)
  if (name) return add(reading, `\${${name[1] ?? ''}}`, name[0].length)
  const braced = /^\$\{[^{}\s]{1,200}\}/.exec(rest)
  add(reading, braced ? braced[0] : '$', braced ? braced[0].length : 1)
}
