import type { GatewayStatus } from '../../../shared/records'
import { CopyButton } from '../../ui/copy'
import { Glyph } from '../../ui/glyph'
import { count } from '../../ui/numbers'
import { gatewayStates, useGatewayState } from './gateway-state'

const since = new Intl.DateTimeFormat(undefined, { weekday: 'long', hour: '2-digit', minute: '2-digit' })

/** Servers that answer calls now; a degraded one does, from what is last known of it. */
export const upCount = ({ servers }: GatewayStatus): number =>
  servers.filter(({ state }) => state === 'ready' || state === 'degraded').length

/** Is it running, since when, and where. */
export function StatusLine({ status }: { readonly status: GatewayStatus }) {
  const state = useGatewayState()
  const { endpoint } = status
  return (
    <div className="status">
      <span className="tile l acc">
        <Glyph />
      </span>
      <div className="grow">
        <b>{gatewayStates[state].word}</b>
        <div className="small t2 cut">
          {state === 'unreached' ? 'Last known: running since' : 'Since'} {since.format(new Date(status.started_at))}. {upCount(status)} of{' '}
          {count(status.servers.length, 'server')} up, {count(status.sessions, 'session')} open.
        </div>
      </div>
      {endpoint !== null && (
        <div className="in mono w-[300px] border-line-strong bg-sunken pr-[2px]">
          <span className="grow cut">{endpoint}</span>
          <CopyButton text={endpoint} label="Copy endpoint" />
        </div>
      )}
    </div>
  )
}
