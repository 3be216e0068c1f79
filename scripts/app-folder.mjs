// The app as it is installed: what it needs when it runs, and nothing else. What packs it and what tests it lay it out by this alone.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { project } from './steps.mjs'

const out = join(project, 'out')
const modules = join(project, 'node_modules')

/** @typedef {{ sqlite?: string, keytar?: string }} NativePackages folders to take in place of those in node_modules */

/**
 * Lays the built app out in an empty folder.
 * @param {string} target
 * @param {NativePackages} [native]
 */
export function layOutAppFolder(target, { sqlite = join(modules, 'better-sqlite3'), keytar = join(modules, 'keytar') } = {}) {
  rmSync(target, { recursive: true, force: true })
  writeJson(join(target, 'package.json'), appPackage())
  copy(project, target, ['LICENSE', 'resources/icon.png', 'resources/tray'])
  copy(join(out, 'main'), join(target, 'out', 'main'), ['LICENSES.md', ...reachableFrom('index.js')])
  for (const part of ['preload', 'renderer', 'docs']) copy(out, join(target, 'out'), [part])
  layOutModule(sqlite, join(target, 'node_modules', 'better-sqlite3'), ['lib', ...sqliteBinaries(sqlite)])
  // Optional: where it could not be installed the vault falls back, and says so.
  if (existsSync(keytar)) layOutModule(keytar, join(target, 'node_modules', 'keytar'), ['lib', 'build/Release/keytar.node'])
}

/** Asked by electron-builder (electron-builder.yml) whether to install and collect dependencies: they are laid out. */
export const beforeBuild = () => Promise.resolve(false)

/** Without dependencies: what is not bundled lies in node_modules already. */
function appPackage() {
  const { name, version, description, license, type, main } = readJson(join(project, 'package.json'))
  // The name of the entry in a Linux desktop's menu, by which it knows our windows and notifications.
  return {
    name,
    version,
    description,
    license,
    author: 'Fast Gateway contributors',
    type,
    main,
    desktopName: 'fast-gateway-desktop.desktop',
  }
}

/**
 * A file of out/main and all that it loads. The rest is the command line's, the library's, or left over from an earlier build.
 * @returns {string[]}
 */
function reachableFrom(/** @type {string} */ entry) {
  const found = new Set([entry])
  for (const name of found) {
    const imports = readFileSync(join(out, 'main', name), 'utf8').matchAll(/["'`]\.\/([\w.-]+\.js)["'`]/g)
    for (const [, file = ''] of imports) if (existsSync(join(out, 'main', file))) found.add(file)
  }
  return [...found]
}

/** One that was compiled on purpose is loaded before those that come with the package; macOS' two serve the universal app. */
function sqliteBinaries(/** @type {string} */ folder) {
  const compiled = 'build/Release/better_sqlite3.node'
  if (existsSync(join(folder, compiled))) return [compiled]
  const architectures = process.platform === 'darwin' ? ['arm64', 'x64'] : [process.arch]
  return architectures.map((architecture) => `prebuilds/${process.platform}-${architecture}.node`)
}

/** Its sources and what only builds it stay behind. */
function layOutModule(/** @type {string} */ from, /** @type {string} */ to, /** @type {readonly string[]} */ parts) {
  const { name, version, license, main } = readJson(join(from, 'package.json'))
  writeJson(join(to, 'package.json'), { name, version, license, main })
  copy(from, to, [...parts, ...readdirSync(from).filter((file) => /^licen[cs]e/i.test(file))])
}

/** Copied, not linked: from a link, modules would be found in the checkout instead of here. Source maps stay behind. */
function copy(/** @type {string} */ from, /** @type {string} */ to, /** @type {readonly string[]} */ parts) {
  for (const part of parts) {
    mkdirSync(dirname(join(to, part)), { recursive: true })
    cpSync(join(from, part), join(to, part), { recursive: true, dereference: true, filter: (file) => !file.endsWith('.map') })
  }
}

const readJson = (/** @type {string} */ file) => JSON.parse(readFileSync(file, 'utf8'))

function writeJson(/** @type {string} */ file, /** @type {object} */ content) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`)
}
