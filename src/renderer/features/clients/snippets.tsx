import { useState } from 'react'
import { gatewayName } from '../../../shared/agents'
import { agents, snippetFor, type Agent } from '../../../shared/connect-snippets'
import { useLive } from '../../store'
import { CodeBlock } from '../../ui/code'
import { CopyButton } from '../../ui/copy'
import { Segmented } from '../../ui/tabs'

export const agentTitles: Readonly<Record<Agent, string>> = {
  'claude-code': 'Claude Code',
  'claude-desktop': 'Claude Desktop',
  cursor: 'Cursor',
  vscode: 'VS Code',
  codex: 'Codex',
  json: 'JSON',
}
const choices = (Object.keys(agents) as Agent[]).map((value) => ({ value, label: agentTitles[value] }))

/** The agent that a client's name speaks of; Claude Code where it speaks of none. */
export const agentFor = (name: string): Agent =>
  choices.find(({ value, label }) => name.toLowerCase().includes(label.toLowerCase()) || name.toLowerCase() === value)?.value ??
  'claude-code'

/** Where the gateway is for a client of this group. */
export function useEndpoint(group: string | null): string {
  const { data: status } = useLive('status')
  return `${status?.endpoint ?? ''}${group === null ? '' : `/g/${group}`}`
}

interface SnippetsProps {
  readonly group: string | null
  /** Stands in the snippets; without it a placeholder does. */
  readonly token?: string | undefined
  /** Which is shown first. */
  readonly agent?: Agent
  onAgent?(agent: Agent): void
}

/** What to paste into each agent. */
export function Snippets({ group, token, agent: first = 'claude-code', onAgent }: SnippetsProps) {
  const [agent, setAgent] = useState(first)
  const url = useEndpoint(group)
  const text = snippetFor(agent, { name: gatewayName, url, token: token ?? null, open: false })
  const choose = (chosen: Agent) => {
    setAgent(chosen)
    onAgent?.(chosen)
  }
  return (
    <section>
      <div className="row mb-3">
        <Segmented<Agent> label="Agent" value={agent} choices={choices} onChange={choose} className="scroll" />
        <span className="ml-auto">
          <CopyButton text={text} label={`Copy the snippet for ${agentTitles[agent]}`} words="Copy" look="default" />
        </span>
      </div>
      <CodeBlock text={text} label={`Snippet for ${agentTitles[agent]}`} />
      {token === undefined && (
        <p className="help">Put the client’s token in the place of {'<TOKEN>'}. It was shown once; a new one can be made in Clients.</p>
      )}
    </section>
  )
}
