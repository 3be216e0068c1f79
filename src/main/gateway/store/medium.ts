import Database from 'better-sqlite3'
import { basename } from 'node:path'
import { GatewayError } from '../../../shared/errors'

const advice: readonly (readonly [code: RegExp, advice: (file: string) => string])[] = [
  [/^SQLITE_FULL|^ENOSPC/, () => 'The disk is full: free some space'],
  [/^SQLITE_(CORRUPT|NOTADB)/, damaged],
  [/^SQLITE_BUSY|^SQLITE_LOCKED/, () => 'Another program is using the file: end it'],
  [/^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)|^E(ACCES|PERM|ROFS)/, () => 'Check that the folder exists and that this user may write there'],
  [/^SQLITE_IOERR/, () => 'The disk refused: check that it has space and is healthy'],
]

/** A failure of the medium, told to whoever has to mend it: which file, what was being done, what to do next. */
export function unavailable(file: string, doing: string, cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause
  const code = codeOf(cause)
  const hint = advice.find(([pattern]) => pattern.test(code))?.[1](file) ?? 'See the log'
  return new GatewayError('store.unavailable', `Could not ${doing} ${file} (${code}). ${hint}.`, { cause })
}

/** A UNIQUE constraint said no. */
export const isTaken = (cause: unknown): boolean => cause instanceof Database.SqliteError && cause.code === 'SQLITE_CONSTRAINT_UNIQUE'

/** The medium failed, as against a value that was given to it and only fails its own row. */
export const isMediumFailure = (cause: unknown): boolean =>
  cause instanceof Database.SqliteError && !/^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH|RANGE)/.test(cause.code)

function codeOf(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code
  return cause instanceof Error ? cause.name : 'unknown'
}

function damaged(file: string): string {
  return `The file is damaged or not a database: stop the gateway, move it away, and put back a copy (${basename(file)}.v*.bak beside it is one, if it is there); without a copy a new, empty one is made at the next start`
}
