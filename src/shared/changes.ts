import * as z from 'zod'

const time = z.iso.datetime()

/** What a held change would do. */
export const ChangeKind = z.enum([
  'server.add',
  'server.change',
  'server.trust',
  'policy.loosen',
  'group.loosen',
  'client.create',
  'client.rotate',
  'client.move',
  'secret.change',
  'settings.loosen',
  'gateway.resume',
  'agent.write',
])
export type ChangeKind = z.infer<typeof ChangeKind>

/** One line of what changes; null = not there before, or not after. Values are complete, hidden characters as they are. */
export const ChangeDetail = z.object({ label: z.string(), before: z.string().nullable(), after: z.string().nullable() })
export type ChangeDetail = z.infer<typeof ChangeDetail>

/**
 * A privileged change that came over HTTP while the app runs. It waits until the person confirms it in the app; its request is
 * answered then. Texts are for people and hold no secret.
 */
export const HeldChange = z.object({
  id: z.string(),
  kind: ChangeKind,
  /** One plain sentence: `Add the server "files", which starts a program on this machine`. */
  title: z.string(),
  details: z.array(ChangeDetail),
  /** Which credential the request came with. */
  principal: z.enum(['admin', 'approver']),
  created_at: time,
  expires_at: time,
})
export type HeldChange = z.infer<typeof HeldChange>

/** How a held change ended. `withdrawn`: who asked went away. */
export const ChangeOutcome = z.enum(['confirmed', 'rejected', 'expired', 'withdrawn'])
export type ChangeOutcome = z.infer<typeof ChangeOutcome>

/** Answer to a decision: the change waits no longer. */
export const ClosedChange = z.object({ id: z.string(), outcome: ChangeOutcome })
export type ClosedChange = z.infer<typeof ClosedChange>
