/** A piece of a text: as it is, or one hidden code point as `⟨U+202E⟩` with what it does. */
export type TextPart =
  { readonly hidden: false; readonly text: string } | { readonly hidden: true; readonly text: string; readonly name: string }

/** C0 and C1 controls but tab and line feed, format characters, line and paragraph separators, private use, unassigned, lone surrogates, odd spaces, fillers. */
const hidden =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}\u{115F}\u{1160}\u{3164}\u{FFA0}\u{2800}\u{034F}\u{FE00}-\u{FE0F}\u{E0100}-\u{E01EF}]|(?! )\p{Zs}/u
const shown = /^[\t\n]$/

const effects: readonly (readonly [RegExp, string])[] = [
  [/[\u{202A}-\u{202E}\u{2066}-\u{2069}\u{200E}\u{200F}\u{061C}]/u, 'Turns the text around: it may look different elsewhere'],
  [
    /[\u{200B}-\u{200D}\u{2060}\u{FEFF}\u{00AD}\u{034F}\u{115F}\u{1160}\u{3164}\u{FFA0}\u{2800}\u{180E}]/u,
    'Takes no room: it cannot be seen elsewhere',
  ],
  [/[\u{E0000}-\u{E007F}]/u, 'A tag character: invisible, but models read it'],
  [/[\u{FE00}-\u{FE0F}\u{E0100}-\u{E01EF}]/u, 'A variation selector: invisible, and can carry hidden text'],
  [/\p{Zs}/u, 'A space of another kind'],
  [/\p{Cc}/u, 'A control character'],
]

/** Code points of emoji that belong to what stands before them: a joiner or selector after a pictograph is nothing hidden. */
const joins = /^[\u{200D}\u{FE0F}]$/u
const pictograph = /[\p{Extended_Pictographic}\u{20E3}\p{Emoji_Modifier}]$/u

const isHidden = (point: string, before: string): boolean => {
  if (!hidden.test(point) || shown.test(point)) return false
  return !(joins.test(point) && pictograph.test(before))
}

const nameOf = (point: string) => effects.find(([points]) => points.test(point))?.[1] ?? 'Cannot be seen'

/** `⟨U+202E⟩` */
const codePoint = (point: string) => `⟨U+${(point.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`

/** The text in pieces, hidden code points apart. A carriage return is one: nobody sees what it overwrites. */
export function splitHidden(text: string): TextPart[] {
  const parts: TextPart[] = []
  let plain = ''
  let before = ''
  for (const point of text) {
    if (isHidden(point, before)) {
      if (plain !== '') parts.push({ hidden: false, text: plain })
      plain = ''
      parts.push({ hidden: true, text: codePoint(point), name: nameOf(point) })
    } else plain += point
    before = point
  }
  return plain === '' ? parts : [...parts, { hidden: false, text: plain }]
}

/** How many hidden code points it holds. */
export const countHidden = (text: string): number => splitHidden(text).filter((part) => part.hidden).length

/** One string, hidden code points written out: for notifications, menus and terminals. */
export const showHidden = (text: string): string =>
  splitHidden(text)
    .map((part) => part.text)
    .join('')
