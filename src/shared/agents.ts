import * as z from 'zod'
import { ServerDraft } from './records'

/** The agents whose config files we know. */
export const AgentId = z.enum(['claude-code', 'claude-desktop', 'cursor', 'vscode', 'codex'])
export type AgentId = z.infer<typeof AgentId>

/** What agents call the gateway unless told otherwise. */
export const gatewayName = 'gateway'

/** An agent on this machine and its config file. */
export const AgentView = z.object({
  id: AgentId,
  title: z.string(),
  /** Absolute; null where the agent keeps none on this system. */
  file: z.string().nullable(),
  exists: z.boolean(),
  /** Why the file cannot be used (`Line 14 does not parse`); null when it can. */
  error: z.string().nullable(),
  /** Whether it names this gateway. */
  connected: z.boolean(),
  /** Servers that it names besides. */
  servers: z.number().int(),
  /** When we last wrote it; null: never, or undone. */
  written_at: z.iso.datetime().nullable(),
})
export type AgentView = z.infer<typeof AgentView>

/** How the gateway is written into an agent's config: the entry's name, the endpoint, the token; optionally without the servers that moved behind the gateway. */
export const AgentEntry = z.strictObject({
  name: z.string().min(1).max(64).default(gatewayName),
  url: z.url(),
  token: z.string().min(1),
  /** Keys of entries that are taken out, because they are behind the gateway now. */
  remove: z.array(z.string()).default([]),
  /** What the preview said of the file: when it has changed since, nothing is written. Left out: as in this agent's latest preview. */
  version: z.string().optional(),
})
export type AgentEntry = z.infer<typeof AgentEntry>
/** The file before (null: there was none) and after; the token and other secrets are masked in both. `version` goes back with the write. */
export const AgentPreview = z.object({ file: z.string(), before: z.string().nullable(), after: z.string(), version: z.string() })
export type AgentPreview = z.infer<typeof AgentPreview>

/** How to undo: `file` puts every byte back and refuses when the file was changed since; `entry` only takes our entry out of what is there now, and puts back what had been taken out. */
export const AgentUndo = z.strictObject({ what: z.enum(['file', 'entry']).default('file') })
export type AgentUndo = z.infer<typeof AgentUndo>

/** One server found in a config, ready to be added. Its raw secrets were replaced by references that do not exist yet. */
export const ImportCandidate = z.object({
  /** As the file names it. */
  key: z.string(),
  draft: ServerDraft,
  /** Fields whose raw secret would move to the vault, and the name it would get. */
  secrets: z.array(z.object({ field: z.string(), name: z.string() })),
  /** The name is taken here: `draft.name` is a free one. */
  renamed: z.boolean(),
  /** Why it cannot be imported; null when it can. */
  problem: z.string().nullable(),
})
export type ImportCandidate = z.infer<typeof ImportCandidate>
/** A config file, or pasted text (`agent` null), and what it holds. */
export const ImportSource = z.object({
  id: z.string(),
  agent: AgentId.nullable(),
  title: z.string(),
  file: z.string().nullable(),
  error: z.string().nullable(),
  candidates: z.array(ImportCandidate),
  /** Of what was read: given back, nothing is imported that was not seen. */
  version: z.string().optional(),
})
export type ImportSource = z.infer<typeof ImportSource>
/** What to import: candidates of a source, by its id or of pasted text, each under the name that it shall have. */
export const ImportRequest = z.strictObject({
  source: z.union([z.string(), z.strictObject({ text: z.string() })]),
  picks: z
    .array(z.strictObject({ key: z.string(), name: z.string() }))
    .min(1)
    .max(1000),
  version: z.string().optional(),
})
export type ImportRequest = z.infer<typeof ImportRequest>
/** What came of importing. */
export const ImportResult = z.object({
  added: z.array(z.object({ key: z.string(), server_id: z.string(), name: z.string() })),
  failed: z.array(z.object({ key: z.string(), error: z.string() })),
})
export type ImportResult = z.infer<typeof ImportResult>
