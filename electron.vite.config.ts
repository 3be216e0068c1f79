import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import type { Plugin } from 'vite'

/** Electron 33 and the oldest Node that the library is used in run Node 20.18. */
const target = 'node20.18'
const entries = ['index', 'cli', 'library'].map((name) => [name, resolve(`src/main/${name}.ts`)] as const)

/** What is bundled is passed on with its licence, beside the code. */
const bundledLicenses = { fileName: 'LICENSES.md' }

/**
 * Only files of the app itself, and its own gateway in a browser (`/ui/`); the app's own protocol forbids that too. Development serves
 * modules and styles inline, so it goes without.
 */
const contentPolicy: Plugin = {
  name: 'content-policy',
  apply: 'build',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: policy }, injectTo: 'head-prepend' },
  ],
}
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"

/** sonner writes its styles into a <style> of the page, which the policy forbids; `ui/toast.tsx` imports them as a file instead. */
const toastStylesFromFile: Plugin = {
  name: 'toast-styles-from-file',
  enforce: 'pre',
  transform(code, id) {
    if (!/[\\/]sonner[\\/]dist[\\/]index\.mjs/.test(id)) return undefined
    const opening = 'function __insertCSS(code) {'
    if (!code.includes(opening)) throw new Error('sonner inserts its styles in another way now: look at electron.vite.config.ts.')
    return { code: code.replace(opening, `${opening} return;`), map: null }
  },
}

/**
 * What conf (under electron-store) needs for schemas and migrations, of which the app's preferences have none: 290 KB that every start
 * would read.
 */
const preferencesWithoutSchema: Plugin = {
  name: 'preferences-without-schema',
  enforce: 'pre',
  resolveId: (id, importer) =>
    ['ajv/dist/2020.js', 'ajv-formats', 'semver'].includes(id) && /[\\/]conf[\\/]dist[\\/]/.test(importer ?? '') ? unused : undefined,
  load: (id) => (id === unused ? `${refuse} export { refuse as Ajv2020, refuse as default }` : undefined),
}
const unused = '\0unused-by-conf'
const refuse = "function refuse() { throw new Error('conf is built without schemas and migrations: look at electron.vite.config.ts.') }"

export default defineConfig({
  main: {
    plugins: [preferencesWithoutSchema],
    build: {
      target,
      sourcemap: true,
      license: bundledLicenses,
      // Native as well, and optional: found beside the app, or the vault says that it is missing.
      externalizeDeps: { include: ['keytar'] },
      // A gateway that runs while this is built still finds the chunks that it has not loaded yet; scripts/build.mjs clears them later.
      emptyOutDir: false,
      // Everything but `dependencies` (native packages) is bundled: few files to read at start, and nothing to install beside them.
      rolldownOptions: {
        input: Object.fromEntries(entries.filter(([, file]) => existsSync(file))),
        // Chunks lie beside the entries, so that `../docs` and `../renderer` are the same path from each.
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      target,
      sourcemap: true,
      externalizeDeps: false,
      // A sandboxed preload is one CommonJS file.
      rolldownOptions: { input: { index: resolve('src/preload/index.ts') }, output: { format: 'cjs', entryFileNames: '[name].cjs' } },
    },
  },
  renderer: {
    root: 'src/renderer',
    plugins: [toastStylesFromFile, tailwind(), react(), contentPolicy],
    // Dialogs and menus lock the page's scrolling by a style of their own; ours is a constructed sheet, which the policy allows.
    resolve: { alias: { 'react-style-singleton': resolve('src/renderer/ui/style-singleton.ts') } },
    build: {
      target: 'chrome130',
      minify: true,
      sourcemap: true,
      license: bundledLicenses,
      rolldownOptions: { input: { index: resolve('src/renderer/index.html'), approval: resolve('src/renderer/approval.html') } },
    },
  },
})
