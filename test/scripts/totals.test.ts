import { describe, expect, it } from 'vitest'
import { countPlaywright, countVitest, sum, total } from '../../scripts/totals.mjs'

describe('the sum of all test runners', () => {
  it('adds up what passed and what did not', () => {
    const vitest = countVitest({ numTotalTests: 5, numPassedTests: 4 }, 1)
    const playwright = countPlaywright({ stats: { expected: 3, unexpected: 0, flaky: 0, skipped: 0 } }, 0)
    expect(total(sum([vitest, playwright]))).toBe('7 passed, 1 failed')
  })
  it('counts a skipped and a flaky test as failed', () => {
    expect(countVitest({ numTotalTests: 3, numPassedTests: 2 }, 0)).toEqual({ passed: 2, failed: 1 })
    expect(countPlaywright({ stats: { expected: 1, unexpected: 0, flaky: 1, skipped: 1 } }, 0)).toEqual({ passed: 1, failed: 2 })
  })
  it.each([
    ['wrote no report', undefined, 1],
    ['ran nothing', { numTotalTests: 0, numPassedTests: 0 }, 0],
    ['passed everything, yet ended badly', { numTotalTests: 2, numPassedTests: 2 }, 1],
  ])('counts a runner that %s as one failure', (_name, report, exitCode) => {
    expect(countVitest(report, exitCode).failed).toBe(1)
  })
})
