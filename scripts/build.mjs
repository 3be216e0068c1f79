// Builds what is missing or stale: main, preload and renderer by electron-vite, the API reference page, and the library's types.
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { project, runTool, step } from './steps.mjs'

const out = join(project, 'out')
const sources = [
  'src',
  'package.json',
  'package-lock.json',
  'electron.vite.config.ts',
  'tsconfig.base.json',
  'tsconfig.types.json',
  'scripts/build.mjs',
]
/** Served at /docs. Copied, so that nothing of the package (nor what it depends on) is installed with the product. */
const docs = ['swagger-ui.css', 'swagger-ui-bundle.js', 'LICENSE', 'NOTICE']

/** Changes whenever a source file is added, removed or written. */
function fingerprint() {
  const hash = createHash('sha256')
  for (const source of sources) for (const file of filesIn(join(project, source))) hash.update(describe(file))
  return hash.digest('hex')
}

/** @returns {string[]} */
function filesIn(/** @type {string} */ path) {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesIn(join(path, name)))
}

function describe(/** @type {string} */ file) {
  const { size, mtimeMs } = statSync(file)
  return `${file}\0${size}\0${mtimeMs}\n`
}

const parts = {
  app: {
    stamp: join(out, 'app.stamp'),
    async build() {
      const code = await runTool('electron-vite/bin/electron-vite.js', ['build', '--logLevel', 'warn'])
      if (code !== 0) throw new Error('electron-vite could not build the app; its message stands above.')
      const cli = join(out, 'main', 'cli.js')
      if (existsSync(cli)) chmodSync(cli, 0o755)
      removeOldChunks()
      copyDocs()
    },
  },
  types: {
    stamp: join(out, 'types.stamp'),
    async build() {
      rmSync(join(out, 'types'), { recursive: true, force: true })
      await bundleTypes()
    },
  },
}

/** One file of declarations: imports without extension, as we write them, lead nowhere in programs with `moduleResolution: node16`. */
async function bundleTypes() {
  const { generateDtsBundle } = await import('dts-bundle-generator')
  const entry = { filePath: join(project, 'src/main/library.ts'), output: { noBanner: true, exportReferencedTypes: false } }
  const [text] = generateDtsBundle([entry], { preferredConfigPath: join(project, 'tsconfig.types.json') })
  mkdirSync(join(out, 'types'), { recursive: true })
  writeFileSync(join(out, 'types', 'library.d.ts'), text ?? '')
}

/** What an hour's builds left behind: this one has just written everything that it needs. */
function removeOldChunks() {
  for (const file of filesIn(join(out, 'main'))) if (Date.now() - statSync(file).mtimeMs > 3_600_000) rmSync(file)
}

function copyDocs() {
  const folder = join(out, 'docs')
  mkdirSync(folder, { recursive: true })
  for (const name of docs) cpSync(join(project, 'node_modules', 'swagger-ui-dist', name), join(folder, name))
}

/** Builds these parts where they are missing or stale. */
export async function build(/** @type {readonly (keyof typeof parts)[]} */ names) {
  const now = fingerprint()
  for (const name of names) {
    const { stamp, build } = parts[name]
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) continue
    rmSync(stamp, { force: true })
    await step(`building ${name}`, build)
    mkdirSync(out, { recursive: true })
    writeFileSync(stamp, now)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  rmSync(out, { recursive: true, force: true })
  await build(['app', 'types'])
}
