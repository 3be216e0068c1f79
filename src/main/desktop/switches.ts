/** What is asked of Electron's `app.commandLine`, which knows every spelling of a switch that Chromium does. */
export interface CommandLine {
  hasSwitch(name: string): boolean
}

/**
 * With one of these another program sees our windows, clicks in them, or stands in for them. Whoever can start a program could
 * so approve a call, which is a person's to do.
 */
const drivingSwitches = [
  ...['remote-debugging-port', 'remote-debugging-pipe', 'remote-debugging-targets'],
  ...['inspect', 'inspect-brk', 'inspect-brk-node', 'inspect-wait', 'inspect-port'],
  ...['browser-subprocess-path', 'renderer-cmd-prefix', 'utility-cmd-prefix', 'gpu-launcher'],
]

/**
 * Why the installed app does not start with these switches; undefined where there is nothing against them. Asked before the app
 * is ready: Chromium opens its debugger only then.
 */
export function refusalOf(commandLine: CommandLine): string | undefined {
  const refused = drivingSwitches.filter((name) => commandLine.hasSwitch(name)).map((name) => `--${name}`)
  if (refused.length === 0) return undefined
  return `Fast Gateway does not start with ${refused.join(', ')}: another program could decide in your place. Start it without.`
}
