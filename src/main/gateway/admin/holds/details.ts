import type { ChangeDetail } from '../../../../shared/changes'

/** A line of what a person is shown: what it is called, and its text in a record; null = nothing. */
export type Line<Record> = readonly [label: string, text: (record: Record) => string | null]

/** The lines that differ; `before` null: there was nothing. */
export function differences<Record>(lines: readonly Line<Record>[], before: Record | null, after: Record): ChangeDetail[] {
  return lines.flatMap(([label, text]) => {
    const detail = { label, before: before === null ? null : text(before), after: text(after) }
    return detail.before === detail.after ? [] : [detail]
  })
}

/** One in each line, in quotes, so that nothing in one can look like another. */
export const listed = (texts: readonly string[]): string | null =>
  texts.length === 0 ? null : texts.map((text) => JSON.stringify(text)).join('\n')

/** As `listed`; an empty list of what is allowed allows everything. */
export const listedOrEverything = (texts: readonly string[]): string => listed(texts) ?? 'everything'

export const pairs = (record: Readonly<Record<string, string>>): string | null =>
  Object.keys(record).length === 0
    ? null
    : Object.entries(record)
        .map(([name, value]) => `${JSON.stringify(name)} = ${JSON.stringify(value)}`)
        .join('\n')

export const yesOrNo = (is: boolean): string => (is ? 'yes' : 'no')

/** A line that is shown whether or not it differs. */
export const detail = (label: string, before: string | null, after: string | null): ChangeDetail => ({ label, before, after })
