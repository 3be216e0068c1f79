import { showHidden } from '../../shared/hidden-text'

/** Code points of the longest foreign text that a notification or menu shows. */
export const longestForeignText = 200

/**
 * A text from outside (a client's, server's or tool's name) as native surfaces may show it: in one line, with hidden code points
 * written out (`⟨U+202E⟩`), and cut.
 */
export function foreignText(text: string, longest = longestForeignText): string {
  // Far more than is shown, since every code point may become nine characters; a name of a megabyte costs nothing.
  const points = [...showHidden(text.slice(0, longest * 2)).replaceAll(/[\t\n]/g, lineSign)]
  return points.length <= longest && text.length <= longest * 2 ? points.join('') : `${points.slice(0, longest - 1).join('')}…`
}

const lineSign = (sign: string) => (sign === '\n' ? '⟨U+000A⟩' : '⟨U+0009⟩')

/** For daemons on Linux that read a notification's body as markup. */
export const withoutMarkup = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** `&` in a menu's label underlines the letter after it; doubled it is itself. */
export const menuText = (text: string, longest = 60): string => foreignText(text, longest).replaceAll('&', '&&')
