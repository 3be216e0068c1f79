import type { HoldRule } from '../../gateway/plugin'

/** Who decides brings the approver credential, which stands for a person. */
export const approvalHolds: readonly HoldRule[] = [
  { method: 'POST', path: '/pending/{id}/approve', passes: 'The decision itself, made with the credential of a person.' },
  { method: 'POST', path: '/pending/{id}/deny', passes: 'Refuses a call.' },
  { method: 'POST', path: '/deny', passes: 'Refuses calls.' },
  { method: 'DELETE', path: '/grants/{id}', passes: 'Takes a permission away.' },
]
