// `npm start`: builds what is missing or stale, then is `fast-gateway serve` with the arguments given.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from './build.mjs'
import { project } from './steps.mjs'

await build(['app'])

// npm puts a shell between itself and us, and hands a signal to that shell alone: its end is ours.
if (process.env.npm_lifecycle_event === 'start') {
  const parent = process.ppid
  setInterval(() => process.ppid === parent || process.kill(process.pid, 'SIGTERM'), 250).unref()
}

// In this process rather than in a child: signals, terminal and exit code are the gateway's own.
const cli = join(project, 'out', 'main', 'cli.js')
process.argv = [process.execPath, cli, 'serve', ...process.argv.slice(2)]
await import(pathToFileURL(cli).href)
