#!/usr/bin/env node
import * as module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** What the database driver is built for: Node 22.14 and newer, 24 among them. */
const neededNapi = 10

if (Number(process.versions.napi) >= neededNapi) {
  keepCompiledCode()
  const { run } = await import('./commands/program')
  process.exitCode = await run(process.argv)
} else {
  process.stderr.write(
    `fast-gateway needs Node 22.14 or newer, best Node 24; this is Node ${process.versions.node}. Install it from https://nodejs.org, then start fast-gateway again.\n`,
  )
  process.exitCode = 1
}

/** In a folder of the user's own: code in the shared temporary folder could be somebody else's. Older Node does without. */
function keepCompiledCode(): void {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'fast-gateway', 'compiled')
  ;(module as Partial<typeof module>).enableCompileCache?.(process.env.NODE_COMPILE_CACHE ?? cache)
}
