import { readdirSync, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import type { AgentId } from '../../../shared/agents'
import type { configFormats } from './config-format'

/** The machine as the agents see it. */
export interface Machine {
  readonly home: string
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Where an agent keeps the servers of its user, and in which form. */
export interface AgentPlace {
  readonly id: AgentId
  readonly title: string
  readonly file: string
  readonly format: keyof typeof configFormats
  /** The key that the servers stand below. */
  readonly section: string
}

/**
 * Every agent that is known, whether or not it is installed. Looked up anew each time: agents come and move.
 *
 * Claude Code: code.claude.com/docs/en/mcp (user and local scope in `~/.claude.json`), /en/env-vars (`CLAUDE_CONFIG_DIR` moves that
 * file into the folder). Cursor: cursor.com/docs/mcp. VS Code: code.visualstudio.com/docs/agents/reference/mcp-configuration ("user
 * profile": `User/mcp.json` of the user data folder). Codex: developers.openai.com/codex/mcp, codex-rs/config/src/mcp_types.rs.
 */
export function agentPlaces(machine: Machine): AgentPlace[] {
  const { home, env } = machine
  const claude = folderIn(env.CLAUDE_CONFIG_DIR) ?? home
  const codex = folderIn(env.CODEX_HOME) ?? join(home, '.codex')
  const json = { format: 'json', section: 'mcpServers' } as const
  return [
    { id: 'claude-code', title: 'Claude Code', file: join(claude, '.claude.json'), ...json },
    { id: 'claude-desktop', title: 'Claude Desktop', file: join(claudeDesktop(machine), 'claude_desktop_config.json'), ...json },
    { id: 'cursor', title: 'Cursor', file: join(home, '.cursor', 'mcp.json'), ...json },
    { id: 'vscode', title: 'VS Code', file: join(vscode(machine), 'User', 'mcp.json'), format: 'json', section: 'servers' },
    { id: 'codex', title: 'Codex', file: join(codex, 'config.toml'), format: 'toml', section: 'mcp_servers' },
  ]
}

const folderIn = (given: string | undefined): string | null => (given && isAbsolute(given) ? given : null)

/** Where programs keep their settings, by the habit of the system. */
function settingsFolder({ home, platform, env }: Machine): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support')
  if (platform === 'win32') return folderIn(env.APPDATA) ?? join(home, 'AppData', 'Roaming')
  return folderIn(env.XDG_CONFIG_HOME) ?? join(home, '.config')
}

/**
 * On Windows the packaged app does not see `%APPDATA%` (github.com/anthropics/claude-code/issues/25579); newer packages keep their data
 * in `%LOCALAPPDATA%\Claude-Data`. What is there is newer than what the next one in the list would be.
 */
function claudeDesktop(machine: Machine): string {
  const usual = join(settingsFolder(machine), 'Claude')
  if (machine.platform !== 'win32') return usual
  const local = folderIn(machine.env.LOCALAPPDATA) ?? join(machine.home, 'AppData', 'Local')
  const data = join(local, 'Claude-Data')
  const packages = join(local, 'Packages')
  const candidates = [
    ...foldersLike(data, /^claude(?:_|$)/i).map((name) => join(data, name)),
    ...foldersLike(packages, /^claude_/i).map((name) => join(packages, name, 'LocalCache', 'Roaming', 'Claude')),
  ]
  return candidates.find(isFolder) ?? usual
}

/** The stable one, or Insiders where only that is installed. */
function vscode(machine: Machine): string {
  const settings = settingsFolder(machine)
  return ['Code', 'Code - Insiders'].map((name) => join(settings, name)).find(isFolder) ?? join(settings, 'Code')
}

function foldersLike(folder: string, pattern: RegExp): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => pattern.test(name))
      .sort()
  } catch {
    return []
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
