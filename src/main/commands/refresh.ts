import type { Command } from 'commander'
import { read } from './client'
import { findServer } from './lookup'
import { examples, onGateway } from './options'
import { stateSentence } from './server-words'
import { hint, print, withProgress } from './terminal'
import { count, styled, visible } from './text'

export function defineTest(command: Command): void {
  command.argument('<name>', 'server').addHelpText('after', examples('test deepwiki', 'test deepwiki --json'))
  onGateway<object, [string]>(command, async (gateway, options, name) => {
    const { id } = await findServer(gateway, name)
    const result = await withProgress(`Trying ${name}`, () => read(gateway.admin.servers[':id'].test.$post({ param: { id } })))
    print(options, result, () =>
      result.ok
        ? `${styled('green', 'ok')}  ${name} answers with ${count(result.tool_count, 'tool')}.`
        : `${styled('red', 'failed')}  ${visible(result.error)}`,
    )
    if (!result.ok) process.exitCode = 1
  })
}

export function defineRefresh(command: Command): void {
  command.argument('<name>', 'server').addHelpText('after', examples('refresh deepwiki'))
  onGateway<object, [string]>(command, async (gateway, options, name) => {
    const param = { id: (await findServer(gateway, name)).id }
    const result = await withProgress(`Refreshing ${name}`, () => read(gateway.admin.servers[':id'].refresh.$post({ param })))
    const server = await read(gateway.admin.servers[':id'].$get({ param }))
    print(options, result, () => (result.degraded ? `${name} could not be refreshed.` : `Refreshed ${name}.`))
    hint(options, stateSentence(server))
    if (result.degraded) process.exitCode = 1
  })
}

export function defineReload(command: Command): void {
  command.addHelpText('after', `\nEdits need no reload, they apply at once; this reads every server's tools anew.\n${examples('reload')}`)
  onGateway(command, async (gateway, options) => {
    const result = await withProgress('Reloading', () => read(gateway.admin.reload.$post()))
    const failed = result.degraded.map((name) => visible(name)).join(', ')
    print(options, result, () =>
      failed === '' ? 'Reloaded every server.' : `Reloaded, but these could not be read: ${failed}. "fast-gateway list" says why.`,
    )
    if (failed !== '') process.exitCode = 1
  })
}
