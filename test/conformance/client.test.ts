import { describe, expect, it } from 'vitest'
import { runClientSuite, type Check, type SuiteRun } from '../support/conformance-suite'

/*
 * The suite's scenarios for clients, unmodified, against the gateway's upstream side as it is built: the driver is a gateway with one
 * server, which is the suite's, and a browser that says yes.
 */

const driver = 'test/support/oauth-driver.mjs'

const found = ({ checks }: SuiteRun, status: Check['status']) =>
  [...checks].flatMap(([scenario, list]) => list.filter((check) => check.status === status).map(({ id }) => `${scenario}: ${id}`))

/** How soon a stream is taken up again is measured where one program runs, not eighteen at once. */
const isTiming = (check: string) => check === 'sse-retry: client-sse-retry-timing'
const wrong = (run: SuiteRun) => [...found(run, 'FAILURE'), ...found(run, 'WARNING')].filter((check) => !isTiming(check))

describe('the MCP conformance suite, for clients', () => {
  it('finds nothing wrong in all scenarios of 2025-11-25', async () => {
    const run = await runClientSuite(driver, '--suite', 'all', '--spec-version', '2025-11-25')
    expect(wrong(run), run.output).toEqual([])
    expect([...run.checks.keys()]).toEqual(
      expect.arrayContaining(['auth/basic-cimd', 'auth/scope-step-up', 'elicitation-sep1034-client-defaults', 'sse-retry']),
    )
    expect(run.checks.size).toBe(18)
    expect(found(run, 'SUCCESS').length).toBeGreaterThan(100)
  }, 120_000)

  it.each([
    'sse-retry',
    'auth/2025-03-26-oauth-metadata-backcompat',
    'auth/2025-03-26-oauth-endpoint-fallback',
    'auth/resource-mismatch',
    'auth/offline-access-scope',
    'auth/offline-access-not-supported',
    'auth/client-credentials-jwt',
    'auth/client-credentials-basic',
  ])('finds nothing wrong in %s', async (scenario) => {
    const run = await runClientSuite(driver, '--scenario', scenario)
    expect([found(run, 'FAILURE'), found(run, 'WARNING')], run.output).toEqual([[], []])
    expect(found(run, 'SUCCESS').length).toBeGreaterThan(0)
  })
})
