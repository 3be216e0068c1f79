import { createRoute, z } from '@hono/zod-openapi'
import { AboutApp, Preferences, UpdateStatus } from '../../shared/settings'
import { json, newRoutes, only } from '../plugins/routes'

/** What the routes ask of the app. */
export interface DesktopDoor {
  preferences(): Preferences
  /** In force at once. @returns all of them */
  setPreferences(changes: Partial<Preferences>): Preferences
  about(): AboutApp
  copy(text: string): Promise<void>
  /** In the person's browser. */
  openUrl(url: string): Promise<void>
  /** In the program that the system has for it. @throws GatewayError when it has none */
  openFile(what: 'data-folder' | 'config'): Promise<void>
  updateStatus(): UpdateStatus
  checkForUpdate(): Promise<UpdateStatus>
  /** Ends the app, installs what was downloaded and starts it again. @throws GatewayError when nothing is ready */
  installUpdate(): UpdateStatus
  /** @param id of the approval to show first; without it the oldest */
  showApproval(id?: string): void
  closeApproval(): void
  /** @param page of the main window, such as `/approvals`; without it where it was */
  showWindow(page?: string): void
}

/** Longest text that is put on the clipboard, in UTF-16 units. */
const longestCopy = 1_048_576

const person = only(['desktop'], 'This belongs to the app itself; it is done in its window, not over HTTP.')
const done = { 204: { description: 'Done' } } as const
const body = <Schema extends z.ZodType>(schema: Schema, description: string) => ({ ...json(schema, description), required: true as const })

const { shape } = Preferences
/** Without the defaults, which would reset whatever is left out. */
const PreferencesPatch = z
  .strictObject({
    launch_at_login: shape.launch_at_login.unwrap(),
    notifications: shape.notifications.unwrap(),
    appearance: shape.appearance.unwrap(),
    update_channel: shape.update_channel.unwrap(),
    welcome_done: shape.welcome_done.unwrap(),
  })
  .partial()
const Opened = z.discriminatedUnion('what', [
  z.strictObject({ what: z.literal('url'), url: z.url({ protocol: /^https$/, error: 'https addresses only' }).max(8192) }),
  z.strictObject({ what: z.literal('data-folder') }),
  z.strictObject({ what: z.literal('config') }),
])
const Page = z
  .string()
  .regex(/^\/[\w./~%-]*$/, 'a page of the window, such as /approvals')
  .max(300)

const getPreferences = createRoute({
  method: 'get',
  path: '/preferences',
  summary: "Read the app's preferences",
  middleware: person,
  responses: { 200: json(Preferences, 'All of them') },
})
const patchPreferences = createRoute({
  method: 'patch',
  path: '/preferences',
  summary: "Change the app's preferences",
  middleware: person,
  request: { body: body(PreferencesPatch, 'What is to change') },
  responses: { 200: json(Preferences, 'All of them, in force now') },
})
const getAbout = createRoute({
  method: 'get',
  path: '/about',
  summary: 'What this app is made of',
  middleware: person,
  responses: { 200: json(AboutApp, 'Versions and platform') },
})
const copy = createRoute({
  method: 'post',
  path: '/copy',
  summary: 'Put a text on the clipboard',
  middleware: person,
  request: { body: body(z.strictObject({ text: z.string().max(longestCopy) }), 'The text') },
  responses: done,
})
const open = createRoute({
  method: 'post',
  path: '/open',
  summary: 'Open an address, the data folder or the config',
  description: 'An https address opens in the browser, the data folder in the file manager, the config in the editor.',
  middleware: person,
  request: { body: body(Opened, 'What to open') },
  responses: done,
})
const getUpdates = createRoute({
  method: 'get',
  path: '/updates',
  summary: 'Whether there is a newer version',
  middleware: person,
  responses: { 200: json(UpdateStatus, 'As it was found last') },
})
const checkUpdates = createRoute({
  method: 'post',
  path: '/updates/check',
  summary: 'Look for a newer version',
  middleware: person,
  responses: { 200: json(UpdateStatus, 'What was found') },
})
const installUpdate = createRoute({
  method: 'post',
  path: '/updates/install',
  summary: 'Install the newer version',
  description: 'Only once it is `ready`. The gateway closes in order, and the app starts again.',
  middleware: person,
  responses: { 200: json(UpdateStatus, 'It begins') },
})
const approvalWindow = createRoute({
  method: 'post',
  path: '/approval-window',
  summary: 'Show the approval window',
  middleware: person,
  request: { body: body(z.strictObject({ id: z.string().max(200).optional() }), '`id`: the approval to show first') },
  responses: done,
})
const closeApprovalWindow = createRoute({
  method: 'post',
  path: '/close-approval-window',
  summary: 'Put the approval window away',
  middleware: person,
  responses: done,
})
const mainWindow = createRoute({
  method: 'post',
  path: '/main-window',
  summary: 'Show the main window',
  middleware: person,
  request: { body: body(z.strictObject({ page: Page.optional() }), '`page`: the page to show') },
  responses: done,
})

/** `/admin/desktop`: what the window asks of the app around it. Open to the window alone, never over HTTP. */
export const desktopRoutes = (app: () => DesktopDoor) =>
  newRoutes()
    .openapi(getPreferences, (c) => c.json(app().preferences(), 200))
    .openapi(patchPreferences, (c) => c.json(app().setPreferences(given(c.req.valid('json'))), 200))
    .openapi(getAbout, (c) => c.json(app().about(), 200))
    .openapi(copy, async (c) => {
      await app().copy(c.req.valid('json').text)
      return c.body(null, 204)
    })
    .openapi(open, async (c) => {
      const wanted = c.req.valid('json')
      await (wanted.what === 'url' ? app().openUrl(wanted.url) : app().openFile(wanted.what))
      return c.body(null, 204)
    })
    .openapi(getUpdates, (c) => c.json(app().updateStatus(), 200))
    .openapi(checkUpdates, async (c) => c.json(await app().checkForUpdate(), 200))
    .openapi(installUpdate, (c) => c.json(app().installUpdate(), 200))
    .openapi(approvalWindow, (c) => {
      app().showApproval(c.req.valid('json').id)
      return c.body(null, 204)
    })
    .openapi(closeApprovalWindow, (c) => {
      app().closeApproval()
      return c.body(null, 204)
    })
    .openapi(mainWindow, (c) => {
      app().showWindow(c.req.valid('json').page)
      return c.body(null, 204)
    })
export type DesktopRoutes = ReturnType<typeof desktopRoutes>

/** Only what was given; a key that is there but undefined was not. */
const given = (changes: z.infer<typeof PreferencesPatch>): Partial<Preferences> =>
  Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
