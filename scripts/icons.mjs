// Renders the icons in resources/ from their drawings. Run by hand after a drawing has changed; the results are committed.
import { Resvg } from '@resvg/resvg-js'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { project } from './steps.mjs'

const resources = join(project, 'resources')

function render(
  /** @type {string} */ drawing,
  /** @type {string} */ name,
  /** @type {number} */ width,
  /** @type {string | undefined} */ color = undefined,
) {
  const svg = readFileSync(join(resources, drawing), 'utf8')
  const painted = color ? svg.replace('color="#000"', `color="${color}"`) : svg
  writeFileSync(join(resources, name), new Resvg(painted, { fitTo: { mode: 'width', value: width } }).render().asPng())
}

// 22 px is what a Linux panel and the macOS menu bar show at scale 1.
for (const [theme, color] of /** @type {const} */ ([
  ['light', '#000'],
  ['dark', '#fff'],
])) {
  render('tray-running.svg', `tray-on-${theme}.png`, 22, color)
  render('tray-running.svg', `tray-on-${theme}@2x.png`, 44, color)
}
render('app-icon.svg', 'icon.png', 512)
