import { commandOf, shellWord, wordsOf, type Command } from './command-line'
import { nameOfCommand, nameOfUrl } from './names'

/** What somebody pasted. `text` is for the gateway to read: a config, an agent's own command, or what only a shell would understand. */
export type Pasted =
  | { readonly kind: 'empty' | 'text' }
  | { readonly kind: 'url'; readonly transport: 'http' | 'sse'; readonly url: string; readonly name: string }
  | ({ readonly kind: 'command'; readonly name: string } & Command)

/** Programs whose command lines configure an agent instead of starting a server. */
const agents = /^(?:claude|codex|code|cursor|gemini)$/

/** Reads a URL or a command at once. */
export function readPasted(pasted: string): Pasted {
  const text = pasted.trim()
  if (text === '') return { kind: 'empty' }
  return readUrl(text) ?? readCommand(text) ?? { kind: 'text' }
}

function readUrl(text: string): Pasted | null {
  const url = withScheme(text)
  if (url === null || /\s/.test(url) || !URL.canParse(url)) return null
  // By habit, the address of the older transport ends so.
  const transport = /\/sse\/?(?:[?#]|$)/.test(url) ? 'sse' : 'http'
  return { kind: 'url', transport, url, name: nameOfUrl(url) }
}

function withScheme(text: string): string | null {
  if (/^https?:\/\//i.test(text)) return text
  if (/^(?:localhost|127\.0\.0\.1)(?::\d+)?(?:\/|$)/.test(text)) return `http://${text}`
  return /^[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}(?::\d+)?\/\S*$/.test(text) ? `https://${text}` : null
}

function readCommand(text: string): Pasted | null {
  if (/^[{[]/.test(text) || /(?<!\\)\n\s*\S/.test(text)) return null
  const { words, flaw } = wordsOf(text)
  const command = commandOf(words)
  if (flaw !== null || command === null || agents.test(command.command) || shellWord(words) !== undefined) return null
  return { kind: 'command', name: nameOfCommand(command.command, command.args), ...command }
}

/** What was recognised, in words; null for what the gateway has to read. */
export function pastedWord(pasted: Pasted): string | null {
  if (pasted.kind === 'url') return pasted.transport === 'sse' ? 'SSE' : 'Streamable HTTP'
  return pasted.kind === 'command' ? 'Command' : null
}
