import type { DraftTest } from '../../shared/draft-test'
import { GatewayError, toGatewayError, type ErrorCode } from '../../shared/errors'
import type { ServerDraft, ServerRecord } from '../../shared/records'
import { redactText } from '../../shared/redact'
import type { Log } from './log'
import type { Handshake, InitializeResult } from './mcp/link'
import type { TrustHash, Upstream } from './mcp/upstream'
import { probe } from './server-probe'
import { newServer } from './server-record'

/** Published limits: drafts that are tested at once; milliseconds of one test; names and characters that are told. */
export const draftLimits = { atOnce: 4, deadlineMs: 75_000, tools: 200, textChars: 300 } as const

/** What testing a draft needs. */
export interface DraftParts {
  /** One that belongs to no server: what it hears goes nowhere. */
  createUpstream(record: ServerRecord): Upstream
  readonly trustHash: TrustHash
  readonly handshake: Handshake
  readonly log: Log
}

/** Who tests, and whether a person stands behind it, who may have a program started. */
export interface DraftTester {
  readonly isPerson: boolean
  /** Aborts when they go away. */
  readonly signal: AbortSignal
}

/**
 * Connects as the draft says, looks, and ends what it began: nothing is stored.
 * @throws GatewayError `input.invalid`, `auth.approver_required`, `limit.in_flight`; that the server fails is a result
 */
export type TestDraft = (draft: ServerDraft, tester: DraftTester) => Promise<DraftTest>

export function createDraftTest(parts: DraftParts): TestDraft {
  let running = 0
  return async (draft, { isPerson, signal }) => {
    const record = newServer(draft, 'draft', new Date().toISOString())
    if (record.transport === 'stdio' && !isPerson) throw notStarted()
    if (running >= draftLimits.atOnce) throw tooMany()
    running++
    try {
      return await connect(parts, record, AbortSignal.any([signal, AbortSignal.timeout(draftLimits.deadlineMs)]))
    } catch (thrown) {
      return failed(thrown, parts.log)
    } finally {
      running--
    }
  }
}

async function connect(
  { createUpstream, trustHash, handshake }: DraftParts,
  record: ServerRecord,
  signal: AbortSignal,
): Promise<DraftTest> {
  // A person has just written the command; it is trusted for this once, in memory.
  const upstream = createUpstream({ ...record, enabled: true, trusted_hash: trustHash(record) })
  try {
    const { initialized, tools, latencyMs } = await probe(upstream, handshake, signal)
    const names = tools.slice(0, draftLimits.tools).map(({ name }) => told(name))
    const about = { server_info: infoOf(initialized), protocol_version: told(initialized.protocolVersion) }
    return { ok: true, tool_count: tools.length, tools: names, ...about, latency_ms: Math.round(latencyMs) }
  } finally {
    await upstream.close()
  }
}

const infoOf = ({ serverInfo: { name, version } }: InitializeResult) => ({ name: told(name), version: told(version) })

/** A server may send back what it was sent. */
const told = (text: unknown): string => redactText(typeof text === 'string' ? text : '').slice(0, draftLimits.textChars)

function failed(thrown: unknown, log: Log): DraftTest {
  const error = toGatewayError(thrown)
  if (error.code === 'internal') log.error('Testing a draft of a server failed inside the gateway.', { error: thrown })
  return {
    ok: false,
    code: error.code,
    error: told(error.message),
    remedy: remedies[error.code] ?? 'Look at what the server itself logs, then test again.',
  }
}

const remedies: Readonly<Partial<Record<ErrorCode, string>>> = {
  'upstream.unreachable': 'Check the address or the command, and that the server runs and can be reached from this machine.',
  'upstream.timeout': 'Check that it is an MCP server that starts in time; one that is fetched first may need a second try.',
  'upstream.closed': 'It ended at once: run the command in a terminal to see why.',
  'upstream.garbage': 'What answers does not speak MCP: check the address, or try the transport "sse".',
  'upstream.login_required': 'Give it an Authorization header with a token, such as "Bearer ${keychain:NAME}".',
  'upstream.refused': 'The server refused: check the token and what it may do.',
  'secret.unresolved': 'Store the secret under this name, or correct the reference.',
  'vault.unavailable': 'Unlock the keychain, then test again.',
  'call.cancelled': 'The test was given up; test again.',
}

const notStarted = () =>
  new GatewayError(
    'auth.approver_required',
    'Testing this draft starts a program, which only a person may do: in the app, or with the approver credential.',
  )

const tooMany = () =>
  new GatewayError('limit.in_flight', `${draftLimits.atOnce} drafts are being tested already; test again when one is done.`)
