import { createRoute, OpenAPIHono } from '@hono/zod-openapi'
import { dirname, resolve } from 'node:path'
import { GatewaySettings, type SettingsView } from '../../../shared/settings'
import type { ConfigSource, GatewayConfig } from '../config'
import type { Gateway } from '../gateway'
import { present } from '../input'
import type { AdminEnv } from '../plugin'
import { body, json, schemas } from './route'

/** What the settings are read from and written to. */
export interface SettingsParts extends Pick<Gateway, 'status'> {
  readonly config: Pick<ConfigSource, 'file' | 'current' | 'save'>
}

const tags = ['gateway']

const get = createRoute({
  tags,
  method: 'get',
  path: '/',
  summary: 'Get the settings',
  description: 'What can be set of `gateway.json` from the window. `pending_restart` names what is in force only after the next start.',
  responses: { 200: json(schemas.SettingsView, 'The settings as they are written') },
})
const patch = createRoute({
  tags,
  method: 'patch',
  path: '/',
  summary: 'Change the settings',
  description:
    'Written to `gateway.json`; what is not named stays, and so does everything else in the file. In force at once but for the port, which is taken at the next start.',
  request: { body: body(GatewaySettings.partial(), 'What changes') },
  responses: { 200: json(schemas.SettingsView, 'The settings as they are written') },
})

/** `/settings`: the part of `gateway.json` that people change. */
export const settingsRoutes = (parts: SettingsParts) =>
  new OpenAPIHono<AdminEnv>()
    .openapi(get, (c) => c.json(viewOf(parts), 200))
    .openapi(patch, async (c) => {
      await parts.config.save(changesOf(parts.config.current(), present(c.req.valid('json'))))
      return c.json(viewOf(parts), 200)
    })

/** The settings of a config. */
export const settingsOf = ({ name, port, list_mode, hil, audit }: GatewayConfig): GatewaySettings => ({
  ...{ name, port, list_mode },
  hil_timeout_seconds: hil.timeout_seconds,
  hil_ticket_seconds: hil.ticket_seconds,
  audit_retention_days: audit.retention_days,
})

function viewOf({ config, status }: SettingsParts): SettingsView {
  const { port, db } = config.current()
  return {
    settings: settingsOf(config.current()),
    pending_restart: isTaken(port, status().endpoint) ? [] : ['port'],
    config_file: config.file,
    data_folder: config.file === null ? null : dirname(resolve(dirname(config.file), db)),
  }
}

/** Port 0 is any; a gateway that does not listen waits for no port. */
const isTaken = (port: number, endpoint: string | null) => port === 0 || endpoint === null || Number(new URL(endpoint).port || 80) === port

/** As the file has them: only the sections that something changes in. */
function changesOf({ hil, audit }: GatewayConfig, patch: Partial<GatewaySettings>): Partial<GatewayConfig> {
  const { hil_timeout_seconds, hil_ticket_seconds, audit_retention_days, ...plain } = patch
  const times = present({ timeout_seconds: hil_timeout_seconds, ticket_seconds: hil_ticket_seconds })
  return {
    ...plain,
    ...(Object.keys(times).length === 0 ? {} : { hil: { ...hil, ...times } }),
    ...(audit_retention_days === undefined ? {} : { audit: { ...audit, retention_days: audit_retention_days } }),
  }
}
