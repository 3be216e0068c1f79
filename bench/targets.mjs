/*
 * The numbers to reach. A figure that misses its target is printed as a miss; only one beyond `fails` fails the run, because only ratios
 * of CPU time and growth hold on any machine.
 */

/**
 * @typedef {object} Target
 * @property {string} figure
 * @property {string} what
 * @property {string} unit
 * @property {number} [most]
 * @property {number} [least]
 * @property {number} [fails] beyond it the run fails
 */

/** @type {readonly Target[]} */
export const targets = [
  { figure: 'cpu_vs_floor', what: 'CPU per small call at 16, times the floor', unit: 'x', most: 2.5, fails: 3.5 },
  { figure: 'cpu_vs_floor_audit_off', what: 'the same, audit off', unit: 'x', most: 2, fails: 3.5 },
  { figure: 'cpu_vs_sdk', what: 'the same, times an SDK-made gateway', unit: 'x', most: 0.4 },
  { figure: 'rate_16_vs_direct', what: 'calls/s at 16, of direct', unit: 'x', least: 0.2 },
  { figure: 'rate_64_vs_direct', what: 'calls/s at 64, of direct', unit: 'x', least: 0.2 },
  { figure: 'rate_16_vs_sdk', what: 'calls/s at 16, times SDK-made', unit: 'x', least: 3 },
  { figure: 'rate_64_vs_sdk', what: 'calls/s at 64, times SDK-made', unit: 'x', least: 3 },
  { figure: 'added_ms', what: 'added median at 1', unit: 'ms', most: 0.6 },
  { figure: 'added_ms_audit_off', what: 'added median at 1, audit off', unit: 'ms', most: 0.4 },
  { figure: 'big_added_ms', what: '1 MB result: added median at 1', unit: 'ms', most: 6 },
  { figure: 'big_rate_vs_direct', what: '1 MB result: calls/s at 8, of direct', unit: 'x', least: 0.65 },
  { figure: 'list_cpu_ms', what: 'tools/list of 500 tools: CPU', unit: 'ms', most: 0.6 },
  { figure: 'list_ms', what: 'tools/list of 500 tools: median', unit: 'ms', most: 2.5 },
  { figure: 'startup_ms_10', what: 'start to first complete tools/list, 10 upstreams', unit: 'ms', most: 350 },
  { figure: 'startup_ms_100', what: 'start to first complete tools/list, 100 upstreams', unit: 'ms', most: 500 },
  { figure: 'session_ms', what: 'new session (initialize + initialized), median', unit: 'ms', most: 0.8 },
  { figure: 'many_sessions_vs_direct', what: '200 sessions at 64: calls/s, of direct', unit: 'x', least: 0.4 },
  { figure: 'growth', what: "a call's median, 100 upstreams over 1", unit: 'x', most: 1.5, fails: 1.5 },
  { figure: 'rss_idle_mb', what: 'resident memory, idle with 10 upstreams', unit: 'MB', most: 110 },
  { figure: 'rss_busy_mb', what: 'resident memory after many calls', unit: 'MB', most: 200 },
  { figure: 'decision_us', what: 'policy decision with 100 rules, remembered', unit: 'us', most: 10 },
  { figure: 'pattern_name_ms', what: 'slowest accepted pattern on the longest name', unit: 'ms', most: 2 },
  { figure: 'pattern_uri_ms', what: 'slowest accepted pattern on the longest URI', unit: 'ms', most: 10 },
  { figure: 'added_ms_sdk', what: 'for comparison: added median at 1, SDK-made', unit: 'ms' },
  { figure: 'big_added_ms_sdk', what: 'for comparison: 1 MB result, added median at 1, SDK-made', unit: 'ms' },
  { figure: 'big_rate_sdk_vs_direct', what: 'for comparison: 1 MB result, calls/s at 8, of direct, SDK-made', unit: 'x' },
  { figure: 'list_cpu_ms_sdk', what: 'for comparison: tools/list of 500 tools, CPU, SDK-made', unit: 'ms' },
  { figure: 'many_sessions_sdk_vs_direct', what: 'for comparison: 200 sessions at 64, of direct, SDK-made', unit: 'x' },
  { figure: 'many_sessions_floor_vs_direct', what: 'for comparison: 200 sessions at 64, of direct, the floor', unit: 'x' },
  { figure: 'growth_10', what: "for comparison: a call's median, 10 upstreams over 1", unit: 'x' },
  { figure: 'growth_cpu', what: 'for comparison: CPU per call at 16, 100 upstreams over 1', unit: 'x' },
  { figure: 'decision_first_us', what: 'for comparison: policy decision with 100 rules, not yet remembered', unit: 'us' },
]

/** @typedef {'ok' | 'MISS' | 'FAIL' | ''} Verdict */
/** @typedef {Target & { value: number, verdict: Verdict }} Row */

/** What was measured beside what was to be reached, in the order of the targets. @param {Readonly<Record<string, number>>} figures @param {readonly Target[]} of @returns {Row[]} */
export const rowsOf = (figures, of = targets) =>
  of.flatMap((target) => {
    const value = figures[target.figure]
    return value === undefined ? [] : [{ ...target, value, verdict: verdictOf(target, value) }]
  })

/** A figure that is no number was not measured: that fails too. @param {Target} target @param {number} value @returns {Verdict} */
function verdictOf({ most = Infinity, least = -Infinity, fails = Infinity }, value) {
  if (Number.isNaN(value) || value > fails) return 'FAIL'
  if (most === Infinity && least === -Infinity) return ''
  return value <= most && value >= least ? 'ok' : 'MISS'
}
