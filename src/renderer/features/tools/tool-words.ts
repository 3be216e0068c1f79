import type { LucideIcon } from 'lucide-react'
import { EyeOff } from 'lucide-react'
import type { ToolRow } from '../../../shared/catalog-rows'
import { effects, type Tone } from '../../ui/badge'

/** What a tool says that it does, in a word; it is the server's claim. */
export function claimOf({ hints }: Pick<ToolRow, 'hints'>): { readonly word: string; readonly tone?: Tone; readonly why: string } {
  if (hints.read_only === true) return { word: 'Reads', why: 'The server says that it changes nothing' }
  if (hints.destructive === true) return { word: 'Destroys', tone: 'bad', why: 'The server says that it may destroy' }
  if (hints.read_only === false || hints.destructive === false) return { word: 'Writes', why: 'The server says that it changes things' }
  return { word: 'Not said', tone: 'wait', why: 'The server gives no annotations' }
}

/** Why clients do not see it. */
export const hiddenWords: Readonly<Record<NonNullable<ToolRow['hidden_by']>, string>> = {
  server: 'Hidden by the server’s own allow and deny lists',
  group: 'Hidden by the group',
  policy: 'Hidden: the policy denies it',
  disabled: 'Hidden: its server is disabled',
}

/** What happens when it is called, as icon, colour and sentence. */
export function fateOf({ hidden_by, decision }: Pick<ToolRow, 'hidden_by' | 'decision'>): {
  readonly icon: LucideIcon
  readonly tone: string
  readonly word: string
} {
  if (hidden_by !== null && hidden_by !== 'policy') return { icon: EyeOff, tone: 't3', word: hiddenWords[hidden_by] }
  const { icon, tone } = effects[decision.effect]
  return { icon, tone, word: { deny: 'Denied', ask: 'Asks', allow: 'Allowed' }[decision.effect] }
}

/** Longest name that every model provider takes. */
export const longestName = 64
