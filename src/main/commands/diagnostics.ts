import type { Command } from 'commander'
import { read } from './client'
import { examples, onGateway } from './options'
import { hint } from './terminal'
import { jsonText } from './text'

export function defineDiagnostics(command: Command): void {
  onGateway(command, async (gateway, options) => {
    const bundle = await read(gateway.admin.diagnostics.$get())
    process.stdout.write(`${jsonText(bundle, options.json ? undefined : 2)}\n`)
    hint(options, 'No tokens and no secrets are in it, but names of servers and tools are: read it before you send it.')
  }).addHelpText('after', examples('diagnostics > diagnostics.json'))
}
