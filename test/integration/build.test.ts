import { existsSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const main = resolve('out/main')

/** Every file that this one loads, now or later, itself included. */
function reachable(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found
  found.add(file)
  for (const name of importsOf(file)) if (name.startsWith('.')) reachable(resolve(dirname(file), name), found)
  return found
}

/** Static, dynamic and CommonJS imports; what stands in comments or texts is none. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const required = [...text.matchAll(/__require\("([^"\n]+)"\)/g)].map(([, name]) => name ?? '')
  return [...ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName), ...required]
}

const packagesOf = (entry: string) => {
  const names = [...reachable(join(main, entry))].flatMap(importsOf)
  return [...new Set(names.filter((name) => !name.startsWith('.') && !isBuiltin(name)))]
}

/** Every file that is loaded before this one runs, itself included. */
function loadedFirst(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found
  found.add(file)
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b[^;]*?"(\.[^"]+)";/gm)) {
    loadedFirst(resolve(dirname(file), name), found)
  }
  return found
}

/** By the source map: what is bundled has no import left that would tell. */
function bundledIn(files: ReadonlySet<string>): string[] {
  const maps = [...files].map((file) => `${file}.map`).filter(existsSync) // the bundler's own chunk has none
  const sources = maps.flatMap((file) => (JSON.parse(readFileSync(file, 'utf8')) as { sources: string[] }).sources)
  const names = sources.map((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1])
  return [...new Set(names)].filter((name) => name !== undefined)
}

describe('what was built', () => {
  it.each(['cli.js', 'library.js'])('%s knows no Electron, not in any chunk', (entry) => {
    expect(packagesOf(entry).filter((name) => name.startsWith('electron'))).toEqual([])
  })
  it('index.js, which does, shows that this would be seen', () => expect(packagesOf('index.js')).toContain('electron'))
  it('index.js begins with what a first window needs: connections, the SDK, routes and updates are loaded when they are used', () => {
    const bundled = bundledIn(loadedFirst(join(main, 'index.js')))
    expect(bundled).toEqual(expect.arrayContaining(['zod', 'picomatch', 'electron-store']))
    expect(bundled.filter((name) => /^(undici|hono|ajv.*|semver|@modelcontextprotocol\/sdk|electron-updater)$/.test(name))).toEqual([])
  })
  it.each(['cli.js', 'library.js', 'index.js'])('%s needs only the packages that are installed with it', (entry) => {
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
      'dependencies' | 'optionalDependencies',
      Record<string, string>
    >
    const installed = [...Object.keys(dependencies), ...Object.keys(optionalDependencies)]
    const allowed = [...installed, ...(entry === 'index.js' ? ['electron'] : [])]
    expect(packagesOf(entry).filter((name) => !allowed.includes(name))).toEqual([])
  })
})
