import { Ban, Check, CircleSlash, LoaderCircle, TriangleAlert, Undo2, Unplug, type LucideIcon } from 'lucide-react'
import type { AuditOutcome } from '../../../shared/records'

/** Icon, colour class and word of what came of a call. */
export const outcomes: Readonly<Record<AuditOutcome, { readonly icon: LucideIcon; readonly tone: string; readonly word: string }>> = {
  running: { icon: LoaderCircle, tone: 't2', word: 'Running' },
  ok: { icon: Check, tone: 'ok', word: 'OK' },
  tool_error: { icon: TriangleAlert, tone: 'wait', word: 'Tool error' },
  error: { icon: CircleSlash, tone: 'bad', word: 'Failed' },
  denied: { icon: Ban, tone: 'bad', word: 'Denied' },
  cancelled: { icon: Undo2, tone: 't3', word: 'Cancelled' },
  interrupted: { icon: Unplug, tone: 'wait', word: 'Interrupted' },
}
