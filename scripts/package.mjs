// `npm run package`: the installers of this system, by electron-builder. `npm run package:dir`: the app unpacked, with the Electron that is here.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { layOutAppFolder } from './app-folder.mjs'
import { build } from './build.mjs'
import { findElectron, nativePackagesFor } from './electron-runtime.mjs'
import { project, runTool, step } from './steps.mjs'

const dist = join(project, 'dist')

/**
 * The installers of this system, in dist/. Electron is downloaded.
 * @param {readonly string[]} args for electron-builder
 */
async function packageInstallers(args) {
  const missing = keychainMissing(join(project, 'node_modules'))
  if (missing) throw new Error(missing)
  const keytar = process.platform === 'darwin' ? universalKeytar(join(dist, 'keytar')) : {}
  layOutAppFolder(join(dist, 'app'), keytar)
  await runBuilder(['--publish', 'never', ...updateSource(process.env), ...azureSigning(process.env), ...args])
}

/**
 * npm goes on where keytar cannot be had, as the app does; an installer would bring that to everybody.
 * @param {string} modules
 * @returns {string | undefined} what to do about it
 */
export const keychainMissing = (modules) =>
  existsSync(join(modules, 'keytar', 'build', 'Release', 'keytar.node'))
    ? undefined
    : 'keytar, which reaches the keychain, could not be installed here, so no installer is made. Mend that, then run "npm ci" again.'

/**
 * The app as a folder, unsigned. The built app must be there.
 * @param {string} output an empty folder
 * @returns {Promise<{ folder: string, executable: string, resources: string }>} where it is, what starts it, where its files are
 */
export async function packageFolder(output) {
  const electron = await findElectron()
  const app = join(output, 'app')
  layOutAppFolder(app, await nativePackagesFor(electron))
  await runBuilder([
    ...['--dir', '--publish', 'never', `-c.electronDist=${electron.folder}`, `-c.electronVersion=${electron.version}`],
    ...[`-c.directories.app=${app}`, `-c.directories.output=${output}`, '-c.mac.identity=null'],
  ])
  rmSync(app, { recursive: true, force: true })
  return packagedIn(output)
}

function packagedIn(/** @type {string} */ output) {
  if (process.platform === 'darwin') {
    const folder = join(output, process.arch === 'arm64' ? 'mac-arm64' : 'mac', 'Fast Gateway.app')
    return { folder, executable: join(folder, 'Contents/MacOS/Fast Gateway'), resources: join(folder, 'Contents/Resources') }
  }
  const windows = process.platform === 'win32'
  const architecture = process.arch === 'x64' ? '' : `-${process.arch}`
  const folder = join(output, `${windows ? 'win' : 'linux'}${architecture}-unpacked`)
  return { folder, executable: join(folder, windows ? 'Fast Gateway.exe' : 'fast-gateway-desktop'), resources: join(folder, 'resources') }
}

/** @throws Error when electron-builder failed, which has said why */
async function runBuilder(/** @type {readonly string[]} */ args) {
  const code = await runTool('electron-builder/cli.js', ['--config', 'electron-builder.yml', ...args], {
    env: unsetCertificates(process.env),
  })
  if (code !== 0) throw new Error('electron-builder could not package the app; its message stands above.')
}

/**
 * Where the app looks for updates: the releases of the repository that GitHub builds it from. One that was built elsewhere looks
 * nowhere. The files that describe a release are always of the channel `latest`: a release of another one is a pre-release.
 */
function updateSource(/** @type {NodeJS.ProcessEnv} */ { GITHUB_REPOSITORY }) {
  const [owner, repo] = GITHUB_REPOSITORY?.split('/') ?? []
  if (!owner || !repo) return []
  const publish = { provider: 'github', owner, repo, channel: 'latest', releaseType: 'draft' }
  return [...settings('publish', publish), ...settings('extraMetadata', { homepage: `https://github.com/${owner}/${repo}` })]
}

/** Azure signs for Windows where its account is named; who logs in is read from AZURE_TENANT_ID, _CLIENT_ID and _CLIENT_SECRET. */
function azureSigning(/** @type {NodeJS.ProcessEnv} */ env) {
  const { AZURE_SIGNING_ENDPOINT, AZURE_SIGNING_ACCOUNT, AZURE_SIGNING_PROFILE, AZURE_SIGNING_PUBLISHER } = env
  if (process.platform !== 'win32' || !AZURE_SIGNING_ENDPOINT) return []
  return settings('win.azureSignOptions', {
    endpoint: AZURE_SIGNING_ENDPOINT,
    codeSigningAccountName: AZURE_SIGNING_ACCOUNT,
    certificateProfileName: AZURE_SIGNING_PROFILE,
    publisherName: AZURE_SIGNING_PUBLISHER,
  })
}

/** A workflow hands on a secret that there is not as an empty text, which electron-builder would look for as a file. */
const unsetCertificates = (/** @type {NodeJS.ProcessEnv} */ env) =>
  Object.fromEntries(['CSC_LINK', 'WIN_CSC_LINK'].filter((name) => env[name] === '').map((name) => [name, undefined]))

const settings = (/** @type {string} */ of, /** @type {Record<string, string | undefined>} */ values) =>
  Object.entries(values).map(([name, value]) => `-c.${of}.${name}=${value}`)

/** npm installs keytar for this machine's processor; the app is built for both. */
function universalKeytar(/** @type {string} */ folder) {
  const architectures = ['arm64', 'x64'].map((architecture) => {
    const copy = join(folder, architecture)
    rmSync(copy, { recursive: true, force: true })
    cpSync(join(project, 'node_modules', 'keytar'), copy, { recursive: true })
    // Its own script: fetches the binary, or compiles it.
    execFileSync('npm', ['run', 'install'], { cwd: copy, env: { ...process.env, npm_config_arch: architecture }, stdio: 'inherit' })
    return join(copy, 'build/Release/keytar.node')
  })
  const keytar = join(folder, 'universal')
  cpSync(join(project, 'node_modules', 'keytar'), keytar, { recursive: true })
  execFileSync('lipo', ['-create', ...architectures, '-output', join(keytar, 'build/Release/keytar.node')])
  return { keytar }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const args = process.argv.slice(2)
  await build(['app'])
  await step('packaging', async () => {
    if (args.includes('--dir')) console.log(`  ${(await packageFolder(dist)).folder}`)
    else await packageInstallers(args)
  })
}
