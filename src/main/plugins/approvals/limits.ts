const day = 86_400

/** Published limits of the approvals. Beyond those of what waits a call is refused with `limit.approvals`. */
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
  /** Decided approvals kept in the store; and, so that they push out no person's decision, calls that a grant let run. */
  historyRows: 10_000,
  grantedRows: 1000,
  historyDays: 30,
  /** Standing permissions, all clients together. */
  grants: 1000,
  /** How long a standing permission holds: unless told otherwise, and at the longest. */
  grantSeconds: {
    session: { usual: day, longest: day },
    tool: { usual: 30 * day, longest: 365 * day },
    arguments: { usual: 30 * day, longest: 365 * day },
  },
  /** Arguments that a person has edited: UTF-16 units of their JSON text, and objects and arrays inside each other. */
  editedChars: 4 * 1024 * 1024,
  editedDepth: 250,
  /** How long edited arguments are checked against the tool's schema, which its server wrote. */
  schemaCheckMs: 250,
  /** Earlier approved calls that are shown beside the present one. */
  earlierShown: 20,
} as const
