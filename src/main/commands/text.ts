import { styleText } from 'node:util'

/*
 * Text for a terminal. What upstreams and agents wrote is made visible first: control characters could move the cursor or
 * colour the screen, invisible and bidirectional ones could make a command look like another.
 */

/** Everything that is not seen, or not seen as what it is; a variation selector behind an emoji is harmless. */
const unseen = /(?<!\p{Extended_Pictographic})\uFE0F|(?!\uFE0F)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]|(?! )\p{Zs}/gu

const escapePoint = (point: string) => `\\u{${(point.codePointAt(0) ?? 0).toString(16)}}`

/** On one line, the unseen as `\u{202e}`. */
export const visible = (text: string): string => text.replace(unseen, escapePoint)

/** Like `visible`, but keeps line ends and tabs. */
export const visibleLines = (text: string): string =>
  text.replace(/\r\n/g, '\n').replace(unseen, (point) => (point === '\n' || point === '\t' ? point : escapePoint(point)))

/** JSON in which no raw control or invisible character stands: the same value, safe on a terminal. */
export const jsonText = (value: unknown, indent?: number): string =>
  (JSON.stringify(value, null, indent) ?? 'null').replace(unseen, (point) => (point === '\n' ? point : escapeUnits(point)))

function escapeUnits(point: string): string {
  let escaped = ''
  for (let i = 0; i < point.length; i++) escaped += `\\u${point.charCodeAt(i).toString(16).padStart(4, '0')}`
  return escaped
}

export type Style = Parameters<typeof styleText>[0]
/** What stands in a table; a style is used where colours are. */
export type Cell = string | { readonly text: string; readonly style: Style }

/** Whether a stream takes colours: a terminal, and `NO_COLOR` (no-color.org) does not forbid it. */
export const hasColour = (stream: { readonly isTTY?: boolean }): boolean =>
  stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb'

/** Styled for standard output, or as it is. */
export const styled = (style: Style, text: string): string => (hasColour(process.stdout) ? forced(style, text) : text)
/** Styled for standard error, or as it is. */
export const styledError = (style: Style, text: string): string => (hasColour(process.stderr) ? forced(style, text) : text)

const forced = (style: Style, text: string) => styleText(style, text, { validateStream: false })

/** Columns as wide as what is in them, or as a terminal has room for. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [headings.map((text): Cell => ({ text, style: 'bold' })), ...rows]
  const shown = lines.map((cells) => cells.map((cell) => ({ text: visible(textOf(cell)), style: styleOf(cell) })))
  const widths = fitted(headings.map((_, column) => Math.max(...shown.map((cells) => width(cells[column]?.text ?? '')))))
  const line = (cells: (typeof shown)[number]) =>
    cells.map(({ text, style }, column) => {
      const room = widths[column] ?? 0
      const kept = cut(text, room)
      const padded = column === widths.length - 1 ? kept : kept + ' '.repeat(room - width(kept))
      return style === null ? padded : styled(style, padded)
    })
  return shown.map((cells) => line(cells).join(' '.repeat(gap)).trimEnd()).join('\n')
}

const textOf = (cell: Cell) => (typeof cell === 'string' ? cell : cell.text)
const styleOf = (cell: Cell) => (typeof cell === 'string' ? null : cell.style)
const gap = 2
const narrowest = 10

/** On a terminal the widest columns give way until a line fits; never the first, by which a line is known. */
function fitted(widths: readonly number[]): readonly number[] {
  const { isTTY, columns } = process.stdout
  if (!isTTY || !columns) return widths
  const [first = 0, ...others] = widths.map((each, column) => (column === 0 ? each : Math.min(each, columns)))
  let over = first + others.reduce((sum, each) => sum + gap + each, 0) - columns
  for (; over > 0 && Math.max(...others) > narrowest; over--) {
    const widest = others.lastIndexOf(Math.max(...others))
    others[widest] = (others[widest] ?? 0) - 1
  }
  return [first, ...others]
}

/** At most so many columns, an ellipsis where something was left out. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text
  let kept = ''
  for (const point of text) {
    if (width(kept) + width(point) > columns - 1) break
    kept += point
  }
  return `${kept}…`
}

/** East Asian and emoji characters take two columns, combining marks none. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2ff}\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/gu
const width = (text: string) => [...text.replace(/[\p{Mn}\p{Me}\uFE0F]/gu, '')].length + (text.match(wide)?.length ?? 0)

/** A time as it was recorded; on a terminal by the clock of this machine, with the day where that is not today. */
export function moment(at: string): string {
  if (!process.stdout.isTTY) return at
  const [local, today] = [localTime(new Date(at)), localTime(new Date())]
  return local.slice(0, 10) === today.slice(0, 10) ? local.slice(11) : local.slice(0, 16)
}

/** `2026-11-26 01:52:28`, as Swedes write it. */
const localTime = (time: Date) => time.toLocaleString('sv-SE')

/** `4 min`, `3 h`, `12 days`: a duration as people say it. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 120) return `${whole} s`
  if (whole < 7200) return `${Math.round(whole / 60)} min`
  return whole < 172_800 ? `${Math.round(whole / 3600)} h` : `${Math.round(whole / 86_400)} days`
}

/** How long ago a time was. */
export const since = (time: string | null): string => (time === null ? 'never' : `${duration((Date.now() - Date.parse(time)) / 1000)} ago`)

/** `1 tool`, `2 tools`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`
