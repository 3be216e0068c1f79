import type { Command } from 'commander'
import { read } from './client'
import { examples, onGateway } from './options'
import { print } from './terminal'

export function defineResume(command: Command): void {
  command.addHelpText(
    'after',
    `\nWhile the app runs, the person there confirms it; Ctrl-C withdraws.\n${examples('resume', 'resume --json')}`,
  )
  onGateway(command, async (gateway, options) => {
    const status = await read(gateway.admin.resume.$post())
    print(options, status, () => 'Calls run again.')
  })
}
