import { describe, expect, it } from 'vitest'
import { difference, median, medianOf, percentile, ratio, sampleOf } from '../../bench/figures.mjs'
import { columns } from '../../bench/report.mjs'
import { rowsOf, targets } from '../../bench/targets.mjs'

const round = (p50: number, perSecond: number, cpuUs: number) => ({ calls: 1, p50, p95: p50, perSecond, cpuUs })

describe('figures', () => {
  it('are the middle one of an odd number, the mean of the middle two of an even one, and NaN of none', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([9, 1, 5, 7])).toBe(6)
    expect(median([])).toBeNaN()
  })

  it('know the value below which a share of all lies', () => {
    const values = Array.from({ length: 100 }, (_, i) => 99 - i)
    expect([percentile(values, 0.5), percentile(values, 0.95), percentile(values, 1)]).toEqual([50, 95, 99])
    expect(percentile([], 0.5)).toBeNaN()
  })

  it('of one round are calls, rate, latencies, and CPU time for each call', () => {
    expect(sampleOf([1, 3, 2, 2], 0.5, 6)).toEqual({ calls: 4, perSecond: 8, p50: 2, p95: 3, cpuUs: 1500 })
    expect(sampleOf([1, 3], 1)).not.toHaveProperty('cpuUs')
  })

  it('set round against round, so that a slow minute counts for both ways', () => {
    const ours = [round(2, 100, 50), round(20, 10, 500), round(3, 90, 60)]
    const other = [round(1, 200, 25), round(10, 20, 250), round(1, 200, 20)]
    expect(ratio(ours, other, 'cpuUs')).toBe(2)
    expect(ratio(ours, other, 'perSecond')).toBe(0.5)
    expect(difference(ours, other, 'p50')).toBe(2)
    expect(medianOf(ours, 'p50')).toBe(3)
    expect(() => ratio(ours, other.slice(1), 'p50')).toThrow(/Rounds do not match/)
  })
})

describe('a row', () => {
  const verdicts = (figures: Record<string, number>) => rowsOf(figures).map(({ figure, verdict }) => [figure, verdict])

  it('is ok at its target, a miss beyond it, and fails only where the target says so', () => {
    expect(verdicts({ cpu_vs_floor: 2.5, rate_16_vs_sdk: 3, session_ms: 0.8 })).toEqual([
      ['cpu_vs_floor', 'ok'],
      ['rate_16_vs_sdk', 'ok'],
      ['session_ms', 'ok'],
    ])
    expect(verdicts({ cpu_vs_floor: 3.4, rate_16_vs_sdk: 2.9, session_ms: 80 })).toEqual([
      ['cpu_vs_floor', 'MISS'],
      ['rate_16_vs_sdk', 'MISS'],
      ['session_ms', 'MISS'],
    ])
    expect(verdicts({ cpu_vs_floor: 3.6, growth: 1.6 })).toEqual([
      ['cpu_vs_floor', 'FAIL'],
      ['growth', 'FAIL'],
    ])
  })

  it('that could not be measured fails, and one without a target has no verdict', () => {
    expect(verdicts({ list_ms: Number.NaN, growth_cpu: 9 })).toEqual([
      ['list_ms', 'FAIL'],
      ['growth_cpu', ''],
    ])
  })

  it('fails a run by CPU time and growth alone', () => {
    const fatal = targets.filter(({ fails }) => fails !== undefined).map(({ figure }) => figure)
    expect(fatal).toEqual(['cpu_vs_floor', 'cpu_vs_floor_audit_off', 'growth'])
  })

  it('stands in columns as wide as their widest cell', () => {
    expect(
      columns([
        ['', 'a'],
        ['what', '10'],
        ['x', ''],
      ]),
    ).toBe('        a\nwhat   10\nx')
  })
})
