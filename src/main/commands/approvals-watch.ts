import type { Approval } from '../../shared/records'
import { approvalWords, outcomeCell } from './approval-words'
import { approverCredential, read, type GatewayClient } from './client'
import { decide } from './decide'
import { Failure } from './failure'
import type { GatewayOptions } from './options'
import { ask, isInteractive, printLine, tell } from './terminal'
import { visible } from './text'

/** What the watch does with what happens. */
interface Watch {
  opened(approval: Approval): void
  closed(approval: Approval): void
}

/** Shows calls as they come to wait, until the gateway ends or Ctrl-C. */
export async function watchApprovals(gateway: GatewayClient, options: GatewayOptions): Promise<void> {
  const watch = options.json ? lines() : isInteractive() ? await asking(gateway) : showing()
  const seen = new Set<string>()
  const open = (approval: Approval) => {
    if (seen.has(approval.id)) return
    seen.add(approval.id)
    watch.opened(approval)
  }
  const present = async () => {
    if (!options.json) tell('Watching for calls that wait for a person; Ctrl-C ends this.')
    for (const approval of await read(gateway.approvals.pending.$get())) open(approval)
  }
  // The stream stands before the present state is read: nothing falls between the two.
  for await (const { event, data } of gateway.events(present)) {
    if (event === 'approval.created') open(data.approval)
    if (event === 'approval.closed') watch.closed(data.approval)
  }
  throw new Failure('The gateway has ended; start the watch again when it is back.', 'gateway.closing')
}

const lines = (): Watch => ({ opened: printLine, closed: printLine })

const write = (text: string) => void process.stdout.write(`${text}\n`)
const closedWords = (approval: Approval) => {
  const cell = outcomeCell(approval)
  return `${approval.id.slice(0, 8)}  ${visible(approval.tool_name)}  ${typeof cell === 'string' ? cell : cell.text}`
}

const showing = (): Watch => ({
  opened: (approval) => write(`${approvalWords(approval)}\n`),
  closed: (approval) => write(`${closedWords(approval)}\n`),
})

/** One question after the other; one that is decided elsewhere is taken back. */
async function asking(gateway: GatewayClient): Promise<Watch> {
  const credential = await approverCredential(gateway)
  const open = new Map<string, AbortController>()
  let last = Promise.resolve()
  return {
    opened(approval) {
      const over = new AbortController()
      open.set(approval.id, over)
      last = last.then(() => askAbout(gateway, credential, approval, over.signal)).catch(quit)
    },
    closed(approval) {
      open.get(approval.id)?.abort()
      open.delete(approval.id)
      write(`${closedWords(approval)}\n`)
    },
  }
}

/** The wrong credential, or the person has had enough. */
function quit(thrown: unknown): void {
  tell(thrown instanceof Failure ? thrown.message : String(thrown))
  process.exit(1)
}

async function askAbout(gateway: GatewayClient, credential: string, approval: Approval, over: AbortSignal): Promise<void> {
  if (over.aborted) return
  write(approvalWords(approval))
  const answer = await ask('approve, deny, or skip? [a/d/S] ', over)
  if (over.aborted) return tell('')
  if (answer === null) throw new Failure('The watch has ended; what waits goes on waiting.', 'cancelled')
  if (/^a(pprove)?$/i.test(answer.trim())) return void (await decide(gateway, credential, approval.id, true))
  if (!/^d(eny)?$/i.test(answer.trim())) return tell('Skipped; it goes on waiting.')
  const reason = await ask('Reason for the model (may be empty): ', over)
  if (!over.aborted) await decide(gateway, credential, approval.id, false, { reason: reason?.trim() })
}
