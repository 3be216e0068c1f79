// What test runners say of themselves, as one figure. A test that was skipped did not pass.

/** @typedef {{ passed: number, failed: number }} Count */

/**
 * @param {{ numTotalTests: number, numPassedTests: number } | undefined} report Vitest's JSON; undefined when it wrote none
 * @param {number} exitCode
 * @returns {Count}
 */
export const countVitest = (report, exitCode) => counted(report?.numPassedTests ?? 0, report?.numTotalTests ?? 0, exitCode)

/**
 * @param {{ stats: { expected: number, unexpected: number, flaky: number, skipped: number } } | undefined} report Playwright's JSON
 * @param {number} exitCode
 * @returns {Count}
 */
export function countPlaywright(report, exitCode) {
  const { expected = 0, unexpected = 0, flaky = 0, skipped = 0 } = report?.stats ?? {}
  return counted(expected, expected + unexpected + flaky + skipped, exitCode)
}

/** A runner that ran nothing, or that ended badly although every test passed (an unhandled error), counts as one failure. */
function counted(/** @type {number} */ passed, /** @type {number} */ all, /** @type {number} */ exitCode) {
  const failed = all - passed
  return { passed, failed: failed === 0 && (exitCode !== 0 || all === 0) ? 1 : failed }
}

/** @returns {Count} */
export const sum = (/** @type {readonly Count[]} */ counts) =>
  counts.reduce((all, one) => ({ passed: all.passed + one.passed, failed: all.failed + one.failed }), { passed: 0, failed: 0 })

export const total = (/** @type {Count} */ { passed, failed }) => `${passed} passed, ${failed} failed`
