/** The app's own scheme and host: a page from anywhere else is not ours. */
export const scheme = 'app'
const host = 'fast-gateway'

/** The windows' documents. */
export type PageName = 'index' | 'approval'
const names: readonly PageName[] = ['index', 'approval']

/**
 * Where a page is: in the app, or on electron-vite's development server.
 * @param devServer `$ELECTRON_RENDERER_URL` while it is developed
 * @param place what follows `#`, such as `/approvals`
 */
export function pageUrl(name: PageName, devServer: string | undefined, place = ''): string {
  const base = devServer === undefined ? `${scheme}://${host}` : devServer.replace(/\/$/, '')
  return `${base}/${name}.html${place === '' ? '' : `#${place}`}`
}

/** Whether a frame that shows this address shows one of our documents. */
export const isPageUrl = (url: string, devServer: string | undefined): boolean =>
  names.some((name) => url.split('#')[0] === pageUrl(name, devServer))

/** Whether a request of the app's scheme is meant for us. */
export const isOurHost = (url: URL): boolean => url.protocol === `${scheme}:` && url.host === host
