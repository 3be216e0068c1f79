import { useEffect, useState } from 'react'
import type { AgentId, ImportCandidate } from '../../../shared/agents'
import type { ServerView } from '../../../shared/records'
import { api, read } from '../../gateway'
import { useLive } from '../../store'

/** Whether a server of an agent's config is behind the gateway already: at the same place, or started by the same command. */
const isSame = ({ draft }: ImportCandidate, server: ServerView): boolean =>
  draft.url === undefined || draft.url === null
    ? server.command !== null && server.command === draft.command && JSON.stringify(server.args) === JSON.stringify(draft.args ?? [])
    : server.url === draft.url

/** Keys of this agent's servers that the gateway has too: in its config they are no longer needed. */
export function useMoved(agent: AgentId): readonly string[] {
  const servers = useLive('servers').data ?? []
  const [candidates, setCandidates] = useState<readonly ImportCandidate[]>([])
  useEffect(() => {
    // Without the list nothing is offered to be taken out.
    read(api.agents.import.$get()).then(
      (sources) => setCandidates(sources.filter((source) => source.agent === agent).flatMap((source) => source.candidates)),
      () => setCandidates([]),
    )
  }, [agent])
  return candidates.filter((candidate) => servers.some((server) => isSame(candidate, server))).map(({ key }) => key)
}
