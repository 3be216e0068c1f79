/*
 * The "May import" table of the house, one rule per line of it. A rule's comment says where the code belongs instead.
 * `room` is who imports; `only` is all that it may reach. A type-only import is allowed where `types` says so.
 */
const room = (folder) => `^src/${folder}/`

/** Everything outside of `only` is forbidden to `from`; what matches `types` may be imported by `import type`. */
const rules = (name, comment, from, only, types = []) => {
  const rule = (suffix, allowed, extra) => ({
    name: `${name}${suffix}`,
    comment,
    severity: 'error',
    from: typeof from === 'string' ? { path: from } : from,
    to: { pathNot: allowed, couldNotResolve: false, ...extra },
  })
  if (types.length === 0) return [rule('', only, {})]
  return [rule('', only, { dependencyTypesNot: ['type-only'] }), rule('-types', [...only, ...types], { dependencyTypes: ['type-only'] })]
}

const packages = (...names) => names.map((name) => `(^|node_modules/)(@types/)?${name}(/|$)`)
const builtin = [
  '^(node:)?(assert|async_hooks|buffer|child_process|crypto|diagnostics_channel|dns|events|fs|http|http2|https|module|net|os|path|perf_hooks|process|querystring|readline|stream|string_decoder|timers|tls|tty|url|util|v8|vm|worker_threads|zlib)(/promises|/web|/posix|/win32|/types|/consumers)?$',
]
const shared = room('shared')
const gateway = room('main/gateway')
const core = '^src/main/(gateway|plugins|vault)/'

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one subject, or the common part is a third one: move it there.',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'nothing-unresolvable',
      comment: 'The import leads nowhere: mend the path, or add the package.',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'core-is-electron-free',
      comment:
        'The core runs in Docker and in other programs. What needs Electron belongs in src/main/desktop, behind an interface that it implements.',
      severity: 'error',
      from: { path: ['^src/shared/', '^src/main/(gateway|plugins|vault|commands)/', '^src/main/(cli|library|daemon)\\.ts$'] },
      to: { path: ['^electron$', 'node_modules/electron/', '^electron/', 'node_modules/electron-(store|updater)/'], reachable: true },
    },
    {
      name: 'core-knows-no-desktop',
      comment: 'The gateway is a library and Electron a guest in it: let desktop call, or subscribe to an event.',
      severity: 'error',
      from: { path: ['^src/shared/', '^src/main/(gateway|plugins|vault|commands)/', '^src/main/(cli|library|daemon)\\.ts$'] },
      to: { path: ['^src/main/desktop/', '^src/preload/', '^src/renderer/'], reachable: true },
    },
    {
      name: 'electron-only-in-desktop',
      comment: 'Electron is spoken in src/main/desktop, by its entry and by the preload: move the code there.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/main/desktop/', '^src/main/index\\.ts$', '^src/preload/'] },
      to: { path: ['^electron$', 'node_modules/electron/', '^electron/'] },
    },
    {
      name: 'sdk-only-in-sdk',
      comment:
        'The MCP SDK is loaded through src/main/gateway/mcp/sdk.ts alone, and lazily: re-export there what you need. Types may come from anywhere in mcp/ and gateway.ts.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/main/gateway/mcp/sdk\\.ts$' },
      to: { path: 'node_modules/@modelcontextprotocol/sdk/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'undici-only-in-mcp',
      comment: 'Talking HTTP to upstreams is the subject of src/main/gateway/mcp.',
      severity: 'error',
      from: { path: gateway, pathNot: '^src/main/gateway/mcp/' },
      to: { path: 'node_modules/undici/' },
    },
    {
      name: 'hono-only-in-http-and-admin',
      comment:
        'Routes belong in src/main/gateway/admin, their mounting in src/main/gateway/http; the path of a tool call is plain node:http.',
      severity: 'error',
      from: { path: gateway, pathNot: '^src/main/gateway/(admin|http)/' },
      to: { path: 'node_modules/(hono|@hono)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'picomatch-only-in-access',
      comment: 'Patterns are compiled in src/main/gateway/access.ts, where they are capped: a second place would be a second language.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/main/gateway/access\\.ts$' },
      to: { path: 'node_modules/(picomatch|@types/picomatch)/' },
    },
    {
      name: 'sqlite-only-in-store',
      comment: 'The database is known to src/main/gateway/store alone: ask the Store for it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/main/gateway/store/' },
      to: { path: 'node_modules/(better-sqlite3|@types/better-sqlite3)/' },
    },
    {
      name: 'plugins-are-strangers',
      comment:
        'A plugin knows no other plugin: what two of them need belongs in src/main/gateway/plugin.ts, in src/shared, or (how routes answer) in src/main/plugins/routes.ts.',
      severity: 'error',
      from: { path: '^src/main/plugins/([^/.]+)', pathNot: '^src/main/plugins/index\\.ts$' },
      to: { path: room('main/plugins'), pathNot: ['^src/main/plugins/$1(\\.ts$|/)', '^src/main/plugins/routes\\.ts$'] },
    },
    ...rules('shared', 'shared is pure TypeScript and zod: what needs Node, a DOM or a room belongs in that room.', shared, [
      shared,
      ...packages('zod'),
    ]),
    ...rules(
      'gateway',
      'The core imports shared and itself: what plugs in belongs in plugins, what keeps secrets in vault, what is shown in desktop or commands.',
      gateway,
      [
        shared,
        gateway,
        ...builtin,
        ...packages('zod', 'undici', 'hono', '@hono/[^/]+', '@modelcontextprotocol/sdk', 'picomatch', 'better-sqlite3'),
      ],
    ),
    ...rules(
      'plugins',
      'A plugin sees hooks, plugin, secrets and shared: what it lacks is a question for PluginHost in src/main/gateway/plugin.ts.',
      room('main/plugins'),
      [
        shared,
        room('main/plugins'),
        '^src/main/gateway/(hooks|plugin|secrets|access|callback-page)\\.ts$',
        ...builtin,
        ...packages('zod', 'hono', '@hono/[^/]+', '@cfworker/json-schema', 'jsonc-parser', 'smol-toml'),
      ],
      ['^src/main/gateway/(config|log)\\.ts$', '^src/main/gateway/store/store\\.ts$'],
    ),
    ...rules(
      'vault',
      'A vault keeps values and knows nobody: who asks for a secret is the business of src/main/gateway/secrets.ts.',
      room('main/vault'),
      [shared, room('main/vault'), ...builtin, ...packages('keytar')],
      ['^src/main/gateway/secrets\\.ts$'],
    ),
    ...rules(
      'desktop',
      'desktop shows and asks: what decides belongs in the gateway, and is handed in by src/main/index.ts.',
      room('main/desktop'),
      [
        shared,
        room('main/desktop'),
        // Its routes are a plugin's: typed and described like every other.
        '^src/main/plugins/routes\\.ts$',
        ...builtin,
        ...packages('electron', 'electron-store', 'electron-updater', 'hono', '@hono/zod-openapi'),
      ],
      [gateway],
    ),
    ...rules(
      'commands',
      'A command speaks to the admin API; only serve makes a gateway. Logic belongs behind a route in src/main/gateway/admin.',
      room('main/commands'),
      [
        shared,
        room('main/commands'),
        room('main/vault'),
        '^src/main/daemon\\.ts$',
        '^src/main/gateway/(gateway|at-rest|config|config-file|log|tokens)\\.ts$',
        '^src/main/plugins/index\\.ts$',
        ...builtin,
        ...packages('commander', '@bomb\\.sh/tab', 'hono'),
      ],
      ['^src/main/gateway/admin/'],
    ),
    ...rules(
      'daemon',
      'daemon.ts puts store, plugins and gateway together and does nothing else: what works belongs in one of them.',
      '^src/main/daemon\\.ts$',
      [
        shared,
        room('main/vault'),
        '^src/main/gateway/(gateway|config|config-file|log|secrets|tokens)\\.ts$',
        '^src/main/gateway/store/(sqlite|memory)\\.ts$',
        '^src/main/plugins/index\\.ts$',
        ...builtin,
      ],
      [gateway],
    ),
    ...rules(
      'cli-entry',
      'cli.ts reads the arguments and hands over: the work of a command belongs in src/main/commands.',
      '^src/main/cli\\.ts$',
      [shared, room('main/commands'), ...builtin, ...packages('commander', '@bomb\\.sh/tab')],
    ),
    ...rules('library-entry', 'library.ts only re-exports: what embedders need belongs in the gateway.', '^src/main/library\\.ts$', [
      shared,
      gateway,
      '^src/main/plugins/index\\.ts$',
      room('main/vault'),
    ]),
    ...rules(
      'desktop-entry',
      'index.ts makes the gateway and hands it to desktop: windows, trays and menus belong in src/main/desktop.',
      '^src/main/index\\.ts$',
      [
        shared,
        '^src/main/daemon\\.ts$',
        '^src/main/gateway/(gateway|config-file|log)\\.ts$',
        '^src/main/plugins/index\\.ts$',
        room('main/vault'),
        room('main/desktop'),
        ...builtin,
        ...packages('electron'),
      ],
    ),
    ...rules(
      'preload',
      'The preload is the bridge and nothing more: what it carries is typed in shared, what it does in src/main/desktop/ipc.ts.',
      room('preload'),
      [...packages('electron')],
      [shared],
    ),
    ...rules(
      'renderer',
      'The renderer asks over the bridge: what needs Node, a secret or a decision belongs behind an admin route.',
      room('renderer'),
      [
        shared,
        room('renderer'),
        '^resources/[^/]+\\.svg$',
        ...packages('react', 'react-dom', 'zustand', 'hono', 'zod', 'wouter', 'radix-ui', 'lucide-react', 'cmdk', 'sonner', 'd3-shape'),
        ...packages('react-hook-form', '@hookform/resolvers', '@tanstack/react-virtual', '@cfworker/json-schema', 'diff'),
      ],
      [room('main/gateway/admin'), '^src/main/plugins/index\\.ts$', '^src/main/desktop/routes\\.ts$'],
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json', '.css'],
    },
    builtInModules: { add: [] },
    moduleSystems: ['es6', 'cjs'],
    cache: false,
  },
}
