import { useLive } from '../../store'

/** Whether calls pass now, each in a word and with its dot. */
export const gatewayStates = {
  unreached: { dot: 'off', word: 'Not reached' },
  safe: { dot: 'bad', word: 'Safe mode' },
  paused: { dot: 'wait', word: 'Paused' },
  running: { dot: 'ok', word: 'Running' },
} as const

export function useGatewayState(): keyof typeof gatewayStates {
  const { data: status, error } = useLive('status')
  if (!status || error !== undefined) return 'unreached'
  if (status.safe_mode) return 'safe'
  return status.paused_since === null ? 'running' : 'paused'
}
