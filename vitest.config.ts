import { defineConfig } from 'vitest/config'

const shared = { setupFiles: ['test/support/quiet.ts'] }
/** On the built product, which is built first where that is stale. */
const slow = { testTimeout: 60_000, hookTimeout: 60_000, globalSetup: ['test/support/built.ts'] }

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{e2e,integration,commands,conformance}/**'],
          testTimeout: 20_000,
        },
      },
      { test: { ...shared, ...slow, name: 'integration', include: ['test/{integration,commands}/**/*.test.ts'] } },
      { test: { ...shared, ...slow, name: 'conformance', include: ['test/conformance/**/*.test.ts'] } },
    ],
  },
})
