/** Published limits of the approvals. Beyond them a call is refused with `limit.approvals`. */
export const approvalLimits = {
  /** Undecided approvals, all clients together. */
  pending: 100,
  pendingPerClient: 20,
  /** Identical calls that wait for one decision: so many runs may one "yes" mean. */
  callsPerApproval: 20,
  /** Arguments of all undecided approvals, in UTF-16 units of their JSON text. */
  argumentsChars: 64 * 1024 * 1024,
  /** What the store keeps of one approval's arguments, in bytes of their redacted JSON text. */
  storedArgumentsBytes: 16 * 1024,
  /** A person's words to the model. */
  reasonChars: 2000,
  /** Decided approvals kept in the store. */
  historyRows: 10_000,
  historyDays: 30,
} as const
