import { useEffect, useState } from 'react'
import type { GatewayStatus } from '../shared/records'
import { readStatus } from './gateway'

/** Is it running, where, and what is behind it. */
export function App() {
  const [status, setStatus] = useState<GatewayStatus>()
  const [problem, setProblem] = useState<string>()
  useEffect(() => {
    readStatus().then(setStatus, (error: unknown) => setProblem(error instanceof Error ? error.message : String(error)))
  }, [])
  if (problem !== undefined) return <p role="alert">The gateway could not be asked: {problem}</p>
  if (!status) return <p aria-busy="true">Asking the gateway…</p>
  return <Running status={status} />
}

const Running = ({ status }: { status: GatewayStatus }) => (
  <main>
    <h1>Fast Gateway is running</h1>
    <p>Point your agents to this endpoint:</p>
    <code>{status.endpoint}</code>
    <p className="quiet">
      {status.servers.length === 1 ? '1 server' : `${status.servers.length} servers`} behind it, {status.sessions} open{' '}
      {status.sessions === 1 ? 'session' : 'sessions'}
    </p>
  </main>
)
