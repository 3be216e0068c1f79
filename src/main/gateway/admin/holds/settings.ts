import { GatewaySettings } from '../../../../shared/settings'
import type { ConfigSource } from '../../config'
import { checkInput, present } from '../../input'
import type { ChangeDraft, HoldRule } from '../../plugin'
import { settingsOf } from '../settings'
import { differences, type Line } from './details'

/** What the settings are read from. */
export type SettingSources = Pick<ConfigSource, 'current'>

const forever = Infinity

/** Whether a new value lets nothing more through. Another port waits for a person: who takes the old one would be sent tokens. */
const isHarmless: { readonly [Key in keyof GatewaySettings]: (before: GatewaySettings[Key], after: GatewaySettings[Key]) => boolean } = {
  name: () => true,
  list_mode: () => true,
  port: (before, after) => before === after,
  hil_timeout_seconds: (before, after) => after <= before,
  hil_ticket_seconds: (before, after) => after <= before,
  audit_retention_days: (before, after) => (after ?? forever) >= (before ?? forever),
}

const lines: readonly Line<GatewaySettings>[] = [
  ['Name', ({ name }) => name],
  ['Port', ({ port }) => String(port)],
  ['Tools are listed', ({ list_mode }) => list_mode],
  ['Seconds for a decision', ({ hil_timeout_seconds }) => String(hil_timeout_seconds)],
  ['Seconds that a late approval holds', ({ hil_ticket_seconds }) => String(hil_ticket_seconds)],
  [
    'Days that the audit is kept',
    ({ audit_retention_days }) => (audit_retention_days === null ? 'for ever' : String(audit_retention_days)),
  ],
]

/** Settings that give a call more time to be approved, forget sooner what was done, or move the endpoint. */
export const settingHolds = (source: SettingSources): HoldRule[] => [
  {
    method: 'PATCH',
    path: '/settings',
    describe: ({ body }) => changed(settingsOf(source.current()), present(checkInput(GatewaySettings.partial(), body))),
  },
]

function changed(before: GatewaySettings, patch: Partial<GatewaySettings>): ChangeDraft | undefined {
  const after = { ...before, ...patch }
  const keys = Object.keys(isHarmless) as (keyof GatewaySettings)[]
  if (keys.every((key) => passes(key, before, after))) return undefined
  return { kind: 'settings.loosen', title: 'Loosen the settings', details: differences(lines, before, after) }
}

const passes = <Key extends keyof GatewaySettings>(key: Key, before: GatewaySettings, after: GatewaySettings): boolean =>
  isHarmless[key](before[key], after[key])
