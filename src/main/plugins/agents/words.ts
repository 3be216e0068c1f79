import { commandWords, type CommandFlaw } from '../../../shared/command-words'
import { unreadable } from './unreadable'

/**
 * A command line that was copied from somewhere, line by line and word by word.
 * @throws GatewayError `agent.unreadable` for what only a shell can do: pipes, redirections, several commands on a line, substitutions
 */
export function wordsOf(text: string): readonly (readonly string[])[] {
  const { lines, flaw } = commandWords(text, 'copied')
  if (flaw) throw unreadable(explain(flaw))
  return lines
}

function explain({ kind, sign }: CommandFlaw): string {
  if (kind === 'quote') return 'A quotation mark has no partner.'
  if (kind === 'operator') return `It uses "${sign}", which takes a shell; paste only the command that starts the server.`
  return 'It runs another command inside of it, which takes a shell; put in what that would say.'
}
