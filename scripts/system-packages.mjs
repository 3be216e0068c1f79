// What the tests need of the system. On Debian, as root, it is installed; elsewhere the one command is printed.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { run } from './steps.mjs'

const packages = [
  // A display, a session bus, a keyring and somebody who shows notifications: the desktop that the app is tested on.
  ...['xvfb', 'dbus', 'dbus-x11', 'gnome-keyring', 'libsecret-1-dev', 'libsecret-tools', 'dunst', 'libnotify-bin'],
  // What Electron links to.
  ...['libgtk-3-0', 'libnss3', 'libgbm1', 'libasound2', 'libxss1', 'libatk-bridge2.0-0'],
  // What sees and presses the packaged app, to which no debugger can attach.
  ...['xdotool', 'imagemagick'],
  // The browser in which the same pages are tested that the app shows.
  'chromium',
  // Letters on screenshots, and unpacking Electron.
  ...['fonts-dejavu-core', 'fonts-inter', 'unzip'],
  // Building better-sqlite3 for an Electron whose Node-API is older than its binary.
  ...['python3', 'make', 'g++'],
]

/** @throws Error that says what to run, where it cannot be done from here */
export async function ensureSystemPackages() {
  if (process.platform !== 'linux') return
  const missing = packages.filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  const command = `apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}`
  if (!isDebian() || process.getuid?.() !== 0)
    throw new Error(`The tests need some system packages. Install them (Debian, as root), then try again:\n\n  ${command}\n`)
  console.log(`  installing ${missing.join(' ')}`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const code =
    (await run('apt-get', ['update', '-qq'], { env })) ||
    (await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { env, quiet: true }))
  if (code !== 0)
    throw new Error(`The system packages could not be installed; the message stands above. The command was:\n\n  ${command}\n`)
}

const isDebian = () => existsSync('/etc/os-release') && /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'))

/** Newer releases provide some of these names by another package (libgtk-3-0t64), which `-W` alone does not see. */
function isInstalled(/** @type {string} */ name) {
  const found = spawnSync('dpkg-query', ['-W', '-f=${Status} ${Package}\\n', name, `${name}t64`], { encoding: 'utf8' })
  return found.status !== null && /^install ok installed/m.test(found.stdout)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await ensureSystemPackages()
