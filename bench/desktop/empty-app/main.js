// What every app of Electron is before it does anything: one window, one icon in the tray.
import { join } from 'node:path'
import { app, BrowserWindow, Menu, Tray } from 'electron'

/** Held, or it disappears. @type {Tray | undefined} */
let tray

// Electron waits for this file to be run through before it is ready: not with `await`.
app.whenReady().then(() => {
  tray = new Tray(join(import.meta.dirname, 'icon.png'))
  tray.setContextMenu(Menu.buildFromTemplate([{ role: 'quit' }]))
  const window = new BrowserWindow({ width: 1180, height: 760, show: false })
  window.once('ready-to-show', () => window.show())
  void window.loadFile(join(import.meta.dirname, 'index.html'))
})
