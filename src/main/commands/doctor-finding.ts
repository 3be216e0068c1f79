import { redactKnown } from '../../shared/known-secrets'
import { redactText } from '../../shared/redact'
import { count, cut, styled, visible, type Style } from './text'

/** ok: nothing to do. warning: it works, or it may be meant so. problem: something does not work. */
type Level = 'ok' | 'warning' | 'problem'

/** One thing that was looked at, and what came of it. */
export interface Finding {
  readonly about: 'node' | 'config' | 'data' | 'port' | 'vault' | 'gateway' | 'server' | 'policy' | 'agent'
  /** Which server, rule or agent. */
  readonly name: string | null
  readonly level: Level
  /** For programs: an error code of the gateway, or one of `doctor` itself such as `disk.full`. */
  readonly code: string | null
  readonly message: string
  /** What to do about it. */
  readonly remedy: string | null
}

type About = Finding['about']

export const fine = (about: About, message: string, name: string | null = null): Finding => ({
  ...{ about, name, level: 'ok', code: null, message, remedy: null },
})

/** What a finding that is not fine says. */
interface Trouble extends Pick<Finding, 'message'> {
  readonly name?: string
  readonly code: string
  readonly remedy: string
}

const trouble =
  (level: Level) =>
  (about: About, { name, code, message, remedy }: Trouble): Finding => ({
    ...{ about, name: name ?? null, level, code, message, remedy },
  })
export const problem = trouble('problem')
export const warning = trouble('warning')

const longestLine = 400
/** What refers to a secret is none, though it may look like one. */
const references = /(\$\{\w+:[^{}]*\})/

/** On one line, what is unseen made visible, and no secret in it, whoever wrote it. */
function clean(text: string): string {
  const parts = redactKnown(text.replace(/\s+/g, ' ').trim()).split(references)
  return cut(visible(parts.map((part, i) => (i % 2 === 1 ? part : redactText(part))).join('')), longestLine)
}

/** The same, fit to be shown. */
const shown = (finding: Finding): Finding => ({
  ...finding,
  name: finding.name === null ? null : clean(finding.name),
  message: clean(finding.message),
  remedy: finding.remedy === null ? null : clean(finding.remedy),
})

/** The whole examination, as `--json` gives it. */
interface Report {
  /** No problem was found; there may be warnings. */
  readonly ok: boolean
  readonly problems: number
  readonly warnings: number
  readonly findings: readonly Finding[]
}

export function reportOf(found: readonly Finding[]): Report {
  const findings = found.map(shown)
  const number = (level: Level) => findings.filter((finding) => finding.level === level).length
  return { ok: number('problem') === 0, problems: number('problem'), warnings: number('warning'), findings }
}

const styles: Readonly<Record<Level, Style>> = { ok: 'green', warning: 'yellow', problem: 'red' }
const labels: Readonly<Record<About, string>> = {
  ...{ node: 'Node', config: 'Config', data: 'Data', port: 'Port', vault: 'Secrets' },
  ...{ gateway: 'Gateway', server: 'Server', policy: 'Policy', agent: 'Agent' },
}

export function reportWords({ findings, problems, warnings }: Report): string {
  const sum = [...(problems > 0 ? [count(problems, 'problem')] : []), ...(warnings > 0 ? [count(warnings, 'warning')] : [])]
  return [...findings.flatMap(lines), '', sum.length === 0 ? 'Nothing is wrong.' : `${sum.join(', ')}.`].join('\n')
}

function lines({ about, name, level, code, message, remedy }: Finding): string[] {
  const what = name === null ? message : `${name}: ${message}`
  const head = `${styled(styles[level], level.padEnd(7))}  ${labels[about].padEnd(7)}  ${what}${code === null ? '' : ` (${code})`}`
  return remedy === null ? [head] : [head, `${' '.repeat(18)}${styled('bold', '→')} ${remedy}`]
}
