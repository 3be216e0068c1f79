import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDaemon } from './daemon'
import { runApp } from './desktop/app'
import { findConfig } from './gateway/config-file'
import { createLog } from './gateway/log'

const log = createLog({ level: 'info', format: 'text', write: (line) => void process.stderr.write(line) })

/** `$FAST_GATEWAY_CONFIG`, else `gateway.json` in the app's own folder. */
function configFile(folder: string): string {
  const own = join(folder, 'gateway.json')
  if (!existsSync(own)) writeFileSync(own, '{}\n', { mode: 0o600 })
  return findConfig({ flag: undefined, env: process.env, cwd: folder, home: folder }).file
}

runApp({ log, open: (folder) => openDaemon({ configFile: configFile(folder), env: process.env, log }) })
