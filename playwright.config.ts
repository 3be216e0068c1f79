import { defineConfig } from '@playwright/test'
import type { Door } from './test/e2e/support/ui-window'

const pages = 'ui/**/*.test.ts'

/** One app at a time: they share a display, a session bus and the keyring. The pages are tested by both doors that lead to them. */
export default defineConfig<object, { door: Door }>({
  testDir: 'test/e2e',
  testMatch: '**/*.test.ts',
  outputDir: 'test-results',
  workers: 1,
  timeout: 60_000,
  forbidOnly: true,
  reporter: process.env.FAST_GATEWAY_E2E_REPORT ? [['list'], ['json', { outputFile: process.env.FAST_GATEWAY_E2E_REPORT }]] : 'list',
  projects: [
    { name: 'desktop', testIgnore: pages },
    { name: 'ui in a browser', testMatch: pages, testIgnore: 'ui/app/**', use: { door: 'browser' } },
    { name: 'ui in the app', testMatch: pages, testIgnore: 'ui/browser/**', use: { door: 'app' } },
  ],
})
