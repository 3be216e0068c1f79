import { ipcMain } from 'electron'
import ElectronStore from 'electron-store'
import type { AppState, StateStore } from './preferences'

/** `app.json` in the app's folder. A file that cannot be read is begun anew: nothing in it is worth a start that fails. */
export function openStateStore(): StateStore {
  const store = new ElectronStore<AppState>({ name: 'app', clearInvalidConfig: true, accessPropertiesByDotNotation: false })
  // It would tell any page where the folder is; the bridge is the only way in.
  ipcMain.removeAllListeners('electron-store-get-data')
  return store
}
