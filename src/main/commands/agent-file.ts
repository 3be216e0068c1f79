import type { AgentEntry, AgentId, AgentPreview, AgentUndo, AgentView } from '../../shared/agents'
import { read, type GatewayClient } from './client'
import { Failure } from './failure'
import type { GatewayOptions } from './options'
import { confirm, isInteractive, print, tell } from './terminal'
import { visible, visibleLines } from './text'

/** How a config file is written: whether a person has said yes already. */
export interface WriteOptions {
  readonly yes?: boolean
}

/**
 * Shows what would change in the agent's config file, asks, and writes it, unless it was changed meanwhile.
 * @param token asked for once the person has said yes
 * @throws Failure when the person says no, or nobody can be asked
 */
export async function writeAgentFile(
  gateway: GatewayClient,
  options: GatewayOptions & WriteOptions,
  id: AgentId,
  { name, url, token }: Pick<AgentEntry, 'name' | 'url'> & { token(): Promise<string> },
): Promise<void> {
  const at = gateway.agents[':id']
  const entry = { name, url, remove: [] }
  const preview = await read(at.preview.$post({ param: { id }, json: { ...entry, token: 'the token' } }))
  if (!options.json || !options.yes) tell(changesIn(preview))
  if (!options.yes) await requireYes(preview.file)
  const written = await read(at.write.$post({ param: { id }, json: { ...entry, token: await token(), version: preview.version } }))
  print(options, written, () => `${written.title} uses this gateway now; start it anew. To undo this: fast-gateway connect ${id} --undo`)
}

/** Puts the file back as it was before the latest write, or takes only our entry out of what it is now. */
export async function undoAgentFile(gateway: GatewayClient, options: GatewayOptions, id: AgentId, what: AgentUndo['what']): Promise<void> {
  const undone: AgentView = await read(gateway.agents[':id'].undo.$post({ param: { id }, json: { what } })).catch((thrown: unknown) => {
    if (!(thrown instanceof Failure) || thrown.code !== 'agent.changed' || what === 'entry') throw thrown
    throw new Failure(`${thrown.message} That is: fast-gateway connect ${id} --undo --entry`, thrown.code, 1, thrown.details)
  })
  const done = what === 'file' ? 'is as it was before' : 'has its own entries again'
  print(options, undone, () => `${visible(undone.file ?? undone.title)} ${done}.`)
}

async function requireYes(file: string): Promise<void> {
  if (!isInteractive()) throw new Failure('Nobody can be asked here; look at the change above and add --yes to write it.', 'usage', 2)
  if (await confirm(`Write this into ${visible(file)}?`)) return
  throw new Failure('Nothing was written.', 'cancelled')
}

const mostLines = 200
const context = 2

/** The lines that differ, with two around them. */
function changesIn({ file, before, after }: AgentPreview): string {
  const [old, now] = [linesOf(before ?? ''), linesOf(after)]
  const first = commonStart(old, now)
  const last = commonStart([...old.slice(first)].reverse(), [...now.slice(first)].reverse())
  const marked = [
    ...now.slice(Math.max(0, first - context), first).map((line) => `  ${line}`),
    ...old.slice(first, old.length - last).map((line) => `- ${line}`),
    ...now.slice(first, now.length - last).map((line) => `+ ${line}`),
    ...now.slice(now.length - last, now.length - last + context).map((line) => `  ${line}`),
  ]
  const more = marked.length > mostLines ? [`  … ${marked.length - mostLines} more lines`] : []
  return [
    `${visible(file)}${before === null ? ' (new)' : ''}, secrets not shown:`,
    ...marked.slice(0, mostLines).map(visibleLines),
    ...more,
  ].join('\n')
}

const linesOf = (text: string): string[] => (text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/))

function commonStart(one: readonly string[], other: readonly string[]): number {
  const end = one.findIndex((line, index) => line !== other[index])
  return end === -1 ? one.length : end
}
