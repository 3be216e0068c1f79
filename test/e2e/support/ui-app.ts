import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { emptyFolder } from './app'
import { askApp, mainPage, openDesktop, pageOf, type Desktop } from './desktop'
import { goTo } from './ui-browser'
import { homeEnvironment, listenForFaults, type Ui, type UiOptions } from './ui-window'

/** The app with its main window. */
export async function openInApp({ firstRun = false, prepareHome, prepareData }: UiOptions = {}): Promise<Ui> {
  const [home, data] = await Promise.all([emptyFolder(), emptyFolder()])
  await Promise.all([prepareHome?.(home.path), prepareData?.(data.path)])
  const desktop = await openDesktop({ data: data.path, firstRun, env: homeEnvironment(home.path) })
  const page = await mainPage(desktop)
  const faults = listenForFaults(page)
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const close = async () => {
    await desktop.close()
    await Promise.all([home.remove(), data.remove()])
  }
  return {
    ...{ door: 'app', page, home: home.path, data: data.path, endpoint: desktop.endpoint, faults, close },
    ...{ goTo: (place) => goTo(page, place), ask: (method, path, body) => askApp(page, method, path, body) },
    questionPage: () => pageOf(desktop, 'approval'),
    clipboard: () => desktop.app.evaluate(({ clipboard }) => clipboard.readText()),
    savedBy: (click) => savedBy(desktop, home.path, click),
    async look(colorScheme, [width, height]) {
      await page.emulateMedia({ colorScheme })
      await desktop.app.evaluate(
        ({ BrowserWindow }, [wide, high]) => {
          const window = BrowserWindow.getAllWindows().find((each) => each.webContents.getURL().includes('/index.html'))
          window?.setContentSize(wide, high)
        },
        [width, height] as const,
      )
    },
  }
}

/** The dialog that asks where to is the system's own: here the answer is given before. */
async function savedBy({ app }: Desktop, folder: string, click: () => Promise<void>): Promise<string> {
  const file = join(folder, 'saved-by-the-app')
  await app.evaluate(({ session }, to) => {
    session.defaultSession.once('will-download', (_event, item) => {
      item.setSavePath(to)
      item.once('done', () => Object.assign(globalThis, { savedTo: to }))
    })
  }, file)
  await click()
  const saved = () => app.evaluate((_electron, to) => (globalThis as { savedTo?: string }).savedTo === to, file)
  await expect.poll(saved).toBe(true)
  return readFile(file, 'utf8')
}
