/**
 * An entry of `$XDG_CONFIG_HOME/autostart`, by which desktops on Linux start programs at login (Desktop Entry Specification).
 * @param command program and arguments
 */
export const autostartEntry = (command: readonly string[]): string =>
  [
    '[Desktop Entry]',
    'Type=Application',
    'Version=1.5',
    'Name=Fast Gateway',
    'Comment=Starts the gateway in the tray',
    `Exec=${command.map(quoted).join(' ')}`,
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n')

/** Quoted as an argument, then escaped as a string value; a `%` would be a field code. */
const quoted = (argument: string) =>
  `"${argument.replaceAll(/["`$\\]/g, '\\$&')}"`.replaceAll('\\', '\\\\').replaceAll('%', '%%').replaceAll('\n', '\\n')

/** Whether an entry is in force: the desktop's settings switch one off by a line in it. */
export const isEntryOn = (entry: string): boolean => !/^\s*(?:Hidden\s*=\s*true|X-GNOME-Autostart-enabled\s*=\s*false)\s*$/im.test(entry)
