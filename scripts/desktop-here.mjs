// Whether the desktop app can run on this machine, and with which Electron.
import { fetchedElectron, installedElectron } from './electron-runtime.mjs'
import { runTool } from './steps.mjs'

/** @typedef {import('./electron-runtime.mjs').Electron} Electron */

const source = 'https://github.com/electron/electron/releases/download/'

/**
 * What the app needs of the machine: a display, and an Electron, which is downloaded where that can be done.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ electron: Electron } | { missing: string }>} `missing`: a sentence that says what, and how to get it
 */
export async function findDesktop(env = process.env) {
  if (process.platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY)
    return { missing: 'There is no display: neither DISPLAY nor WAYLAND_DISPLAY is set.' }
  try {
    const installed = installedElectron()
    if (installed) return { electron: installed }
    const obstacle = await obstacleToDownload(env)
    if (!obstacle) return await download()
    const electron = fetchedElectron()
    return electron ? { electron } : { missing: `There is no Electron, and ${obstacle}. Where it can be, run: npx install-electron` }
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) }
  }
}

/**
 * Looked for in a moment, because the download itself waits long for a network that is not there.
 * @returns {Promise<string | undefined>} half a sentence
 */
export async function obstacleToDownload(/** @type {NodeJS.ProcessEnv} */ env) {
  if (env.ELECTRON_SKIP_BINARY_DOWNLOAD) return 'ELECTRON_SKIP_BINARY_DOWNLOAD keeps it from being downloaded'
  const mirror = env.ELECTRON_MIRROR ?? env.npm_config_electron_mirror ?? source
  const reached = await fetch(mirror, { method: 'HEAD', signal: AbortSignal.timeout(3000) }).catch(() => undefined)
  return reached ? undefined : `it cannot be downloaded: ${new URL(mirror).host} cannot be reached`
}

async function download() {
  console.error('Electron is downloaded, once.')
  const code = await runTool('electron/install.js', [], { timeout: 300_000 })
  const electron = code === 0 ? installedElectron() : undefined
  return electron
    ? { electron }
    : { missing: 'Electron could not be downloaded; why stands above. To try again, run: npx install-electron' }
}
