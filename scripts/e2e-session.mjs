// Runs a command in the session bus that it was started in, with what a desktop's session has: an unlocked keyring and notifications.
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder = '', command = '', ...args] = process.argv.slice(2)

/** Nothing is closed by a timer or put together by the daemon: the tests read what the app itself did. */
const dunstrc = `[global]
  idle_threshold = 0
  stack_duplicates = false
  notification_limit = 0
  font = Inter 10
[urgency_low]
  timeout = 0
[urgency_normal]
  timeout = 0
[urgency_critical]
  timeout = 0
`

/** A person's own files, keys and autostart entries are neither seen nor changed. */
function ownHome() {
  const home = { HOME: folder, XDG_CONFIG_HOME: join(folder, '.config'), XDG_DATA_HOME: join(folder, '.local/share') }
  const places = { ...home, XDG_CACHE_HOME: join(folder, '.cache'), XDG_RUNTIME_DIR: join(folder, 'run') }
  for (const place of Object.values(places)) mkdirSync(place, { recursive: true, mode: 0o700 })
  return places
}

const env = { ...process.env, ...ownHome(), XDG_CURRENT_DESKTOP: '' }
const settings = join(folder, 'dunstrc')
writeFileSync(settings, dunstrc)

/** Its own start is announced by nothing but its name on the bus, so that is what is waited for. */
async function hasOwner(/** @type {string} */ name) {
  for (let tries = 0; tries < 100; tries++) {
    const asked = spawn('dbus-send', [
      ...['--session', '--print-reply=literal', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus'],
      ...['org.freedesktop.DBus.NameHasOwner', `string:${name}`],
    ])
    let answer = ''
    for await (const text of asked.stdout) answer += text
    if (answer.includes('true')) return
    await new Promise((done) => setTimeout(done, 50))
  }
  throw new Error(`Nothing took the name ${name} on the session bus.`)
}

const keyring = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
  env,
  stdio: ['pipe', 'ignore', 'ignore'],
})
keyring.stdin.end('the-password-of-this-test\n')
const notifications = spawn('dunst', ['-config', settings], { env, stdio: 'ignore' })
await Promise.all(['org.freedesktop.secrets', 'org.freedesktop.Notifications'].map(hasOwner))

const work = spawn(command, args, { env, stdio: 'inherit' })
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP'])) process.on(signal, () => void work.kill(signal))
work.once('exit', (code) => {
  notifications.kill()
  keyring.kill()
  process.exit(code ?? 1)
})
