/*
 * The numbers that the desktop app has to reach, beside an empty app of the same Electron that was started by turns with it. Each one
 * that is missed fails the run.
 */

/** @typedef {import('../targets.mjs').Target} Target */

/** @type {readonly Target[]} */
const reached = [
  { figure: 'tray_vs_empty', what: 'start to the icon in the tray, 20 servers, times an empty app', unit: 'x', most: 1.7 },
  { figure: 'window_vs_empty', what: 'start to the first content of the window, times an empty app', unit: 'x', most: 2 },
  { figure: 'main_more_mb', what: 'idle memory of the main process, more than an empty one', unit: 'MB', most: 60 },
  { figure: 'app_more_mb', what: 'idle memory of the whole app, more than an empty one', unit: 'MB', most: 90 },
  { figure: 'ask_ms', what: 'a call that asks to its notification, median', unit: 'ms', most: 150 },
  { figure: 'renderer_mb', what: "the window's code and styles, minified", unit: 'MB', most: 1.2 },
  { figure: 'loop_delay_ms', what: 'under load: event-loop delay of the main process, p99', unit: 'ms', most: 50 },
  { figure: 'frame_gap_ms', what: 'under load: between two frames of the window, p99', unit: 'ms', most: 100 },
  { figure: 'load_per_second', what: 'under load: calls/s that were answered, of 200', unit: '/s', least: 195 },
]

/** @type {readonly Target[]} */
const compared = [
  { figure: 'tray_ms', what: 'for comparison: start to the icon in the tray', unit: 'ms' },
  { figure: 'tray_ms_empty', what: 'for comparison: the same, empty', unit: 'ms' },
  { figure: 'window_ms', what: 'for comparison: start to the first content of the window', unit: 'ms' },
  { figure: 'window_ms_empty', what: 'for comparison: the same, empty', unit: 'ms' },
  { figure: 'main_mb', what: 'for comparison: idle memory of the main process', unit: 'MB' },
  { figure: 'main_mb_empty', what: 'for comparison: the same, empty', unit: 'MB' },
  { figure: 'app_mb', what: 'for comparison: idle memory of the whole app', unit: 'MB' },
  { figure: 'app_mb_empty', what: 'for comparison: the same, empty', unit: 'MB' },
  { figure: 'loop_delay_max_ms', what: 'for comparison: under load, longest event-loop delay', unit: 'ms' },
  { figure: 'frame_gap_max_ms', what: 'for comparison: under load, longest time between two frames', unit: 'ms' },
]

export const desktopTargets = [...reached, ...compared]
