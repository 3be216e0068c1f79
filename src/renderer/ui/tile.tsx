import type { LucideIcon } from 'lucide-react'
import {
  Bot,
  Braces,
  Bug,
  Code,
  Database,
  File,
  Folder,
  GitBranch,
  Globe,
  MousePointer2,
  Play,
  Server,
  SquareKanban,
  Terminal,
} from 'lucide-react'
import { classes } from './classes'

/** Words in a name that say what a server or client is about; the first that fits gives the icon. */
const kinds: readonly (readonly [RegExp, LucideIcon])[] = [
  [/git|hub|lab|bitbucket/i, GitBranch],
  [/postgres|sql|mongo|redis|db|data/i, Database],
  [/file|folder|drive|disk/i, Folder],
  [/browser|playwright|puppeteer|chrome|web|fetch|search|deepwiki/i, Globe],
  [/linear|jira|trello|asana|board|issue/i, SquareKanban],
  [/sentry|bug|error/i, Bug],
  [/notion|doc|note|page|wiki/i, File],
  [/demo/i, Play],
  [/cursor/i, MousePointer2],
  [/code.?x|claude.?code|terminal|shell|cli/i, Terminal],
  [/vs.?code|visual|studio|ide/i, Code],
  [/claude|agent|gpt|bot|copilot|gemini/i, Bot],
  [/json|api|rest/i, Braces],
]

/** A line icon for a server or client, by its name; no foreign logos. */
export function Tile({ name, large, accent }: { readonly name: string; readonly large?: boolean; readonly accent?: boolean }) {
  const Icon = kinds.find(([words]) => words.test(name))?.[1] ?? Server
  return (
    <span className={classes('tile', large && 'l', accent && 'acc')} aria-hidden>
      <Icon className="i" />
    </span>
  )
}
