import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { AgentId } from '../../../shared/agents'
import { codeOf, writeSynced } from './config-file'
import { unreadable } from './unreadable'

/** How many writes of one agent's config can be undone, the latest first. */
export const mostBackups = 10

const Record = z.object({
  agent: AgentId,
  /** The path that was written, as the agent knows it. */
  file: z.string(),
  written_at: z.iso.datetime(),
  /** Of the file as it was written: only while it is that can every byte be put back. */
  version: z.string(),
  /** The entry that was put in, and those that were taken out. */
  name: z.string(),
  removed: z.array(z.string()),
  existed: z.boolean(),
})
/** What was written into a config, and when; the bytes from before lie beside it. */
export type BackupRecord = z.infer<typeof Record>

/** One write that can be undone. */
export interface Backup {
  readonly record: BackupRecord
  /** The file with the bytes from before, for whoever wants to put them back by hand; null when there was no file. */
  readonly bytesFile: string | null
  bytes(): Buffer | null
  /** It is undone: nothing of it is kept. */
  forget(): void
}

/** The configs as they were before the gateway wrote into them: files for their owner only, in the gateway's own folder. */
export interface Backups {
  /** Kept when this returns, before anything is written. */
  keep(record: BackupRecord, bytes: Buffer | null): Backup
  /** The latest that is not undone. */
  latest(agent: AgentId): Backup | null
}

/** @param folder made when first needed */
export function createBackups(folder: string): Backups {
  const at = (name: string) => join(folder, name)
  const forget = (name: string) => [`${name}.json`, `${name}.before`].forEach((each) => rmSync(at(each), { force: true }))
  const open = (name: string, record: BackupRecord): Backup => {
    const bytesFile = record.existed ? at(`${name}.before`) : null
    return { record, bytesFile, bytes: () => (bytesFile === null ? null : readKept(bytesFile)), forget: () => forget(name) }
  }
  return {
    keep(record, bytes) {
      const before = namesOf(folder, record.agent)
      const name = `${record.agent}-${String(nextStamp(before)).padStart(14, '0')}`
      keepBoth(folder, name, record, bytes)
      before.slice(mostBackups - 1).forEach(forget)
      return open(name, record)
    },
    latest(agent) {
      const found = namesOf(folder, agent).flatMap((name) => recordOf(at(`${name}.json`)).map((record) => open(name, record)))
      return found[0] ?? null
    },
  }
}

/** Later than all before, also when the clock was put back. */
const nextStamp = (names: readonly string[]): number => Math.max(Date.now(), 1 + Number(/\d+$/.exec(names[0] ?? '')?.[0] ?? 0))

/** @throws GatewayError `agent.unreadable` when there is no room for them: then nothing is written at all */
function keepBoth(folder: string, name: string, record: BackupRecord, bytes: Buffer | null): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // The record last: without its bytes it would promise too much.
    if (bytes) writeSynced(join(folder, `${name}.before`), bytes, 0o600)
    writeSynced(join(folder, `${name}.json`), Buffer.from(JSON.stringify(record)), 0o600)
  } catch (cause) {
    throw unreadable(
      `The file as it is cannot be kept in ${folder} (${codeOf(cause)}), so nothing was written; look at that folder's rights and at the disk.`,
      cause,
    )
  }
}

function readKept(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw unreadable(`The file from before cannot be read at ${file} (${codeOf(cause)}), so nothing was undone.`, cause)
  }
}

/** Newest first. */
function namesOf(folder: string, agent: AgentId): string[] {
  try {
    const names = readdirSync(folder).flatMap((file) => /^([a-z-]+-\d+)\.json$/.exec(file)?.[1] ?? [])
    return names
      .filter((name) => name.replace(/-\d+$/, '') === agent)
      .sort()
      .reverse()
  } catch {
    return []
  }
}

/** One that is damaged is as good as none. */
function recordOf(file: string): BackupRecord[] {
  try {
    return [Record.parse(JSON.parse(readFileSync(file, 'utf8')))]
  } catch {
    return []
  }
}
