import type { Command } from 'commander'
import { read } from './client'
import { examples, onGateway } from './options'
import { hint, print } from './terminal'

export function definePause(command: Command): void {
  command.addHelpText(
    'after',
    `
Every new call is refused with a reason that the model reads, and those that
wait for a person are denied, until "fast-gateway resume"; over a restart too.
${examples('pause', 'pause --json')}`,
  )
  onGateway(command, async (gateway, options) => {
    const status = await read(gateway.admin.pause.$post())
    print(options, status, () => `All calls are paused since ${status.paused_since ?? 'now'}.`)
    hint(options, 'Let them run again: fast-gateway resume')
  })
}
