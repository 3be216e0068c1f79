/** Words that say a tool destroys, overwrites or runs something. Whole words only: neither `deleted` nor `undelete`. */
const destructiveWords: ReadonlySet<string> = new Set(
  (
    'delete del remove rm rmdir unlink purge prune drop truncate erase wipe shred destroy discard expunge trash ' +
    'write overwrite reset clear kill terminate shutdown revoke uninstall execute exec eval'
  ).split(' '),
)

/** Characters of a name that are looked at; the catalogue refuses tools with names over 128. */
const longestLooked = 1024

/**
 * The destructive word in a tool's name, in any case style (`fs_delete`, `deleteFile`, `delete-issue`, `DELETE_ALL`,
 * `x.remove`), or null. Look-alikes in other widths and invisible code points do not hide it.
 */
export function destructiveWord(name: string): string | null {
  const shown = name
    .slice(0, longestLooked)
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
  const words = [...(shown.match(camelWords) ?? []), ...(shown.match(letterRuns) ?? [])]
  return words.map((word) => word.toLowerCase()).find((word) => destructiveWords.has(word)) ?? null
}

const camelWords = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g
/** Catches what camel case cuts apart, such as `dELETE_all`. */
const letterRuns = /[A-Za-z]+/g

/** What of a tool's definition says whether it destroys. */
export interface MaybeDestructive {
  readonly bare_name: string
  readonly annotations: Readonly<Record<string, unknown>> | null
}

/** Why a tool counts as destructive, as a sentence for a person; null when it does not. */
export function destructiveReason(tool: MaybeDestructive): string | null {
  const word = destructiveWord(tool.bare_name)
  if (word !== null) return `The tool's name says "${word}".`
  return tool.annotations?.destructiveHint === true ? 'Its server marks this tool as destructive.' : null
}
