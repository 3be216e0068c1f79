import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { app } from 'electron'
import { openDaemon } from './daemon'
import { runApp } from './desktop/app'
import { findConfig } from './gateway/config-file'
import { createLog } from './gateway/log'

const log = createLog({ level: 'info', format: 'text', write: (line) => void process.stderr.write(line) })

// Whoever read it is gone, as a terminal that was closed: the app goes on.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined)

/** `--config`, else `$FAST_GATEWAY_CONFIG`, else `gateway.json` in the app's own folder. */
function configFile(folder: string): string {
  const flag = app.commandLine.getSwitchValue('config') || undefined
  const { env } = process
  if (flag ?? env.FAST_GATEWAY_CONFIG) return findConfig({ flag, env, cwd: process.cwd(), home: folder }).file
  const own = join(folder, 'gateway.json')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (!existsSync(own)) writeFileSync(own, '{}\n', { mode: 0o600 })
  return own
}

runApp({
  log,
  configFile,
  open: (configFile, { plugin, notifier, connectAfter, port }) =>
    openDaemon({
      configFile,
      env: process.env,
      log,
      plugins: [plugin],
      notifier,
      connectAfter,
      holdChanges: true,
      ...(port === undefined ? {} : { port }),
    }),
})
