import { defineConfig } from '@playwright/test'

/** One app at a time: they share a display, a session bus and the keyring. */
export default defineConfig({
  testDir: 'test/e2e',
  testMatch: '**/*.test.ts',
  outputDir: 'test-results',
  workers: 1,
  timeout: 60_000,
  forbidOnly: true,
  reporter: process.env.FAST_GATEWAY_E2E_REPORT ? [['list'], ['json', { outputFile: process.env.FAST_GATEWAY_E2E_REPORT }]] : 'list',
})
