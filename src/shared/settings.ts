import * as z from 'zod'

/** What can be set of `gateway.json` from the window; each key is the file's own. */
export const GatewaySettings = z.strictObject({
  name: z.string().min(1).max(100),
  port: z.number().int().min(0).max(65_535),
  list_mode: z.enum(['all', 'meta']),
  hil_timeout_seconds: z.number().positive().max(86_400),
  hil_ticket_seconds: z.number().positive().max(86_400),
  audit_retention_days: z.number().positive().nullable(),
})
export type GatewaySettings = z.infer<typeof GatewaySettings>
export const SettingsView = z.object({
  settings: GatewaySettings,
  /** Set, but in force only after the next start. */
  pending_restart: z.array(z.string()),
  config_file: z.string().nullable(),
  data_folder: z.string().nullable(),
})
export type SettingsView = z.infer<typeof SettingsView>

/** What only the app has to know. Kept by electron-store. */
export const Preferences = z.strictObject({
  launch_at_login: z.boolean().default(false),
  notifications: z.boolean().default(true),
  appearance: z.enum(['system', 'light', 'dark']).default('system'),
  update_channel: z.enum(['stable', 'beta']).default('stable'),
  /** The first run was gone through or skipped. */
  welcome_done: z.boolean().default(false),
})
export type Preferences = z.infer<typeof Preferences>

/** `unsupported`: this build cannot update itself, `detail` says why. */
export const UpdateStatus = z.object({
  state: z.enum(['unsupported', 'idle', 'checking', 'none', 'available', 'downloading', 'ready', 'failed']),
  version: z.string().nullable(),
  /** 0 to 100 while downloading. */
  percent: z.number().nullable(),
  detail: z.string().nullable(),
  checked_at: z.iso.datetime().nullable(),
})
export type UpdateStatus = z.infer<typeof UpdateStatus>

/** The app itself, for Settings. */
export const AboutApp = z.object({
  version: z.string(),
  electron: z.string(),
  chrome: z.string(),
  node: z.string(),
  platform: z.string(),
  packaged: z.boolean(),
})
export type AboutApp = z.infer<typeof AboutApp>
