// `npm run icons`: renders every icon in resources/ from its drawing. Run it after a drawing has changed; the results are committed.
import { Resvg } from '@resvg/resvg-js'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { icns, ico } from './icon-files.mjs'
import { project } from './steps.mjs'

const resources = join(project, 'resources')
const trayStates = ['running', 'attention', 'paused', 'degraded', 'stopped']
/** What a desktop on Linux looks for. */
const appSizes = [16, 24, 32, 48, 64, 128, 256, 512, 1024]
/** What Windows shows at its scales of 100, 125, 150, 200 and 250 %. */
const windowsSizes = [16, 20, 24, 32, 40, 48, 64, 256]
/** Each as macOS names it, with the points that it is shown at. */
const macSizes = /** @type {const} */ ([
  ['ic11', 32, 16],
  ['ic12', 64, 32],
  ['ic07', 128, 128],
  ['ic13', 256, 128],
  ['ic08', 256, 256],
  ['ic14', 512, 256],
  ['ic09', 512, 512],
  ['ic10', 1024, 512],
])

/** @returns {import('./icon-files.mjs').Picture} */
function render(/** @type {string} */ drawing, /** @type {number} */ size, color = '#000') {
  const svg = readFileSync(join(resources, `${drawing}.svg`), 'utf8').replace('color="#000"', `color="${color}"`)
  const image = new Resvg(svg, { fitTo: { mode: 'width', value: size }, font: { loadSystemFonts: false } }).render()
  return { size, pixels: image.pixels, png: image.asPng() }
}

/** Below 32 the details of the icon would be dirt. */
const app = (/** @type {number} */ size, shownAt = size) => render(shownAt < 32 ? 'app-icon-small' : 'app-icon', size)

/** @returns {[string, Buffer][]} */
const appIcons = () => [
  ...appSizes.map((size) => /** @type {[string, Buffer]} */ ([`icons/${size}x${size}.png`, app(size).png])),
  ['icon.png', app(256).png],
  ['icon.ico', ico(windowsSizes.map((size) => app(size)))],
  ['icon.icns', icns(macSizes.map(([type, size, shownAt]) => ({ type, png: app(size, shownAt).png })))],
]

/** @returns {[string, Buffer][]} */
function trayIcons(/** @type {string} */ state) {
  const icon = (/** @type {string} */ name, /** @type {number} */ size, /** @type {string} */ color) =>
    /** @type {[string, Buffer][]} */ ([
      [`tray/${state}${name}.png`, render(`tray-${state}`, size, color).png],
      [`tray/${state}${name}@2x.png`, render(`tray-${state}`, size * 2, color).png],
    ])
  // 22 px is what a Linux panel shows at scale 1, 18 what macOS' menu bar does, which paints a template itself.
  return [...icon('-on-light', 22, '#000'), ...icon('-on-dark', 22, '#fff'), ...icon('Template', 18, '#000')]
}

/**
 * Every icon as its drawing is now.
 * @returns {Map<string, Buffer>} by file, below resources/
 */
export const drawIcons = () => new Map([...appIcons(), ...trayStates.flatMap(trayIcons)])

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const folder of ['icons', 'tray']) rmSync(join(resources, folder), { recursive: true, force: true })
  for (const [name, content] of drawIcons()) {
    mkdirSync(dirname(join(resources, name)), { recursive: true })
    writeFileSync(join(resources, name), content)
  }
}
