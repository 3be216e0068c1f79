import { basename } from 'node:path'
import type { Machine } from './places'

/** Where a server's text comes from: what its agent would put for `${…}` depends on it. */
export interface Origin {
  readonly machine: Machine
  /** The folder of the project whose file it is; null for the user's own. */
  readonly project: string | null
}

/** A text in our words, and what keeps it from being used; null when nothing does. */
export interface Mapped {
  readonly text: string
  readonly problem: string | null
}

/** Variables that are no secrets, and the same for every program of the user: written out where we know no references. */
const plainVariables: ReadonlySet<string> = new Set([
  'HOME',
  'USERPROFILE',
  'USER',
  'USERNAME',
  'APPDATA',
  'LOCALAPPDATA',
  'TMPDIR',
  'TEMP',
])

const reference = /\$\{([^{}]*)\}/g

/**
 * The agent's `${X}`, `${X:-default}`, `${env:X}`, `${userHome}`, `${workspaceFolder}` in our words: `${env:X}` where the gateway resolves
 * references (headers, env), else what it stands for. References to our own secrets have no place in another program's file.
 */
export function mapReferences(text: string, origin: Origin, where: { readonly field: string; readonly isResolved: boolean }): Mapped {
  let problem: string | null = null
  const mapped = text.replace(reference, (whole, inner: string) => {
    const answer = answerTo(inner, origin, where.isResolved)
    if (answer.text !== null) return answer.text
    problem ??= `${where.field} holds ${shortened(whole)}: ${answer.why}`
    return whole
  })
  return { text: mapped, problem }
}

const shortened = (text: string): string => (text.length <= 60 ? text : `${text.slice(0, 59)}…`)

type Answer = { readonly text: string } | { readonly text: null; readonly why: string }
const no = (why: string): Answer => ({ text: null, why })

function answerTo(inner: string, origin: Origin, isResolved: boolean): Answer {
  const [, kind, rest] = /^(\w+):(?!-)(.*)$/s.exec(inner) ?? []
  if (kind === 'env') return variable(rest ?? '', null, origin, isResolved)
  if (kind === 'input')
    return no('the agent asks a person for this when it starts the server. Add the server by hand and keep the value as a secret.')
  if (kind !== undefined) return no('this is not for an import to decide. Add the server by hand.')
  const [, name, fallback] = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inner) ?? []
  return (
    placeOf(inner, origin) ??
    (name === undefined
      ? no('the gateway does not know what that means. Write the value out.')
      : variable(name, fallback ?? null, origin, isResolved))
  )
}

/** VS Code's and Cursor's names of places; null for everything else. */
function placeOf(inner: string, { machine, project }: Origin): Answer | null {
  if (inner === 'userHome') return { text: machine.home }
  if (inner === 'pathSeparator' || inner === '/') return { text: machine.platform === 'win32' ? '\\' : '/' }
  if (!/^workspace(?:Folder|Root|FolderBasename)$/.test(inner)) return null
  if (project === null) return no('which folder that is depends on what is open in the agent. Write the folder out.')
  return { text: inner === 'workspaceFolderBasename' ? basename(project) : project }
}

function variable(name: string, fallback: string | null, { machine }: Origin, isResolved: boolean): Answer {
  const value = Object.hasOwn(machine.env, name) ? machine.env[name] : undefined
  if (fallback !== null && !value) return { text: fallback }
  if (isResolved) return { text: `\${env:${name}}` }
  if (name === 'HOME' || name === 'USERPROFILE') return { text: machine.home }
  if (plainVariables.has(name) && value) return { text: value }
  return no('the gateway resolves variables in headers and env only. Write the value out, or let the server read the variable itself.')
}
