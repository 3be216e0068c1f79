import type { CatalogTool } from '../../../shared/records'
import { destructiveReason } from '../../../shared/destructive'

/** What a call may do, in the gateway's own words: from what the tool says of itself and from its name, never the server's prose. */
export function effectSentence(tool: CatalogTool | null): string {
  if (!tool) return 'The server does not offer this tool any more; the call will fail.'
  const hints = tool.annotations ?? {}
  const beyond = hints.openWorldHint === true ? ' It reaches beyond this computer.' : ''
  if (destructiveReason(tool) !== null) return `May change or remove something for good; the gateway cannot undo it.${beyond}`
  if (hints.readOnlyHint === true) return `Says that it only reads.${beyond}`
  if (hints.destructiveHint === false) return `Says that it adds or changes something, and removes nothing.${beyond}`
  return `The server does not say what it changes: it may write.${beyond}`
}
