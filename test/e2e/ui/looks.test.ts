import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { barriers } from '../support/ui-axe'
import { startEverything } from '../support/ui-everything'
import { prepareHome, prepareScene, type Scene } from '../support/ui-scene'
import { expect, test, useUi } from '../support/ui-test'
import type { Size } from '../support/ui-window'

const folder = join(import.meta.dirname, '../screenshots')
const sizes: readonly Size[] = [
  [1180, 760],
  [900, 600],
]

const own = useUi({ mode: 'default', prepareHome })
let everything: Awaited<ReturnType<typeof startEverything>>
let scene: Scene

test.beforeAll(async () => {
  everything = await startEverything()
  scene = await prepareScene(own.ui, everything.url)
})
test.afterAll(async () => {
  await scene.close()
  await everything.stop()
})

/** One thing to look at: where it is, and what is done there before. */
interface View {
  readonly name: string
  /** Where the app shows something else than a browser: there it is looked through too. */
  readonly differs?: true
  readonly place: string | ((scene: Scene) => string)
  readonly prepare?: (page: Page) => Promise<unknown>
}

const button = (page: Page, name: string | RegExp) => page.getByRole('main').getByRole('button', { name }).first()
const show = (name: string) => (page: Page) => page.getByRole('radio', { name }).click()

const views: readonly View[] = [
  { name: 'overview', place: '/' },
  { name: 'servers', place: ({ ids }) => `/servers/${ids.ready}` },
  { name: 'servers-trust', place: ({ ids }) => `/servers/${ids.untrusted}` },
  { name: 'servers-failed', place: ({ ids }) => `/servers/${ids.failed}` },
  { name: 'servers-disabled', place: ({ ids }) => `/servers/${ids.disabled}` },
  { name: 'servers-nothing-found', place: '/servers', prepare: (page) => page.getByRole('searchbox').fill('no such server') },
  { name: 'add-server', place: '/servers/add' },
  {
    name: 'add-server-flawed',
    place: '/servers/add',
    prepare: async (page) => {
      await page.getByRole('textbox', { name: 'URL, command or mcpServers block' }).fill('API_KEY=abc npx -y some-server --flag')
      await page.getByRole('textbox', { name: /^Name prefix/ }).fill('Not a name!')
      await page.getByRole('dialog').getByRole('button', { name: 'Add server' }).click()
    },
  },
  { name: 'import', place: '/servers/import', prepare: (page) => page.getByRole('region', { name: 'Claude Code' }).waitFor() },
  { name: 'groups', place: '/groups', prepare: (page) => page.getByRole('list', { name: 'Tools of the group' }).waitFor() },
  { name: 'new-group', place: '/groups', prepare: (page) => button(page, 'New group').click() },
  { name: 'tools', place: '/tools/demo_delete_note', prepare: (page) => page.getByRole('tab', { name: 'Schema' }).waitFor() },
  { name: 'tools-schema', place: '/tools/demo_add', prepare: (page) => page.getByRole('tab', { name: 'Schema' }).click() },
  {
    name: 'tools-history',
    place: '/tools/everything_echo',
    prepare: async (page) => {
      await page.getByRole('tab', { name: 'History' }).click()
      await page.getByRole('tabpanel').getByRole('button').first().click()
    },
  },
  {
    name: 'tools-result',
    place: '/tools/demo_time',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Run', exact: true }).click()
      await page.getByRole('heading', { name: /^Last result/ }).waitFor()
    },
  },
  { name: 'policy', place: '/policy', prepare: (page) => button(page, /demo.*\{echo/).click() },
  {
    name: 'policy-diff',
    place: '/policy/new/everything/echo',
    prepare: async (page) => {
      await page.getByText(/last week would have gone otherwise/).waitFor()
      await button(page, 'Show diff').click()
    },
  },
  { name: 'approvals', place: '/approvals', prepare: (page) => page.getByRole('button', { name: 'Approve once' }).waitFor() },
  {
    name: 'approvals-ways',
    place: '/approvals',
    prepare: async (page) => {
      await expect(page.getByRole('button', { name: 'More ways to approve' })).toBeEnabled()
      await page.getByRole('button', { name: 'More ways to approve' }).click()
    },
  },
  {
    name: 'approvals-edit',
    place: '/approvals',
    prepare: async (page) => {
      await expect(page.getByRole('button', { name: 'More ways to approve' })).toBeEnabled()
      await page.getByRole('button', { name: 'More ways to approve' }).click()
      await page.getByRole('menuitem', { name: 'Edit arguments…' }).click()
    },
  },
  {
    name: 'approvals-history',
    place: '/approvals',
    prepare: async (page) => {
      await show('History')(page)
      await page.getByRole('list', { name: 'Past approvals' }).getByRole('button').first().click()
    },
  },
  { name: 'approvals-grants', place: '/approvals', prepare: show('Grants') },
  {
    name: 'activity',
    place: '/activity',
    prepare: (page) => page.getByRole('list', { name: 'Calls' }).getByRole('listitem').first().waitFor(),
  },
  {
    name: 'activity-row',
    place: '/activity',
    prepare: (page) =>
      page
        .getByRole('list', { name: 'Calls' })
        .getByRole('button', { name: /delete_note.*Denied/ })
        .first()
        .click(),
  },
  { name: 'clients', place: ({ client }) => `/clients/${client}` },
  { name: 'connect-agent', place: '/clients/connect' },
  {
    name: 'clients-remove',
    place: '/clients',
    prepare: async (page) => {
      await button(page, 'More').click()
      await page.getByRole('menuitem', { name: 'Remove…' }).click()
    },
  },
  { name: 'settings', differs: true, place: '/settings', prepare: (page) => page.getByRole('list', { name: 'Secrets' }).waitFor() },
  {
    name: 'settings-data',
    differs: true,
    place: '/settings',
    prepare: (page) => page.getByRole('region', { name: 'Data' }).scrollIntoViewIfNeeded(),
  },
  { name: 'secret', place: '/settings', prepare: (page) => button(page, 'Add a secret').click() },
  { name: 'palette', place: '/', prepare: (page) => page.keyboard.press('Control+k') },
  { name: 'welcome', differs: true, place: '/welcome' },
  { name: 'welcome-servers', place: '/welcome', prepare: (page) => page.getByRole('button', { name: /^2/ }).click() },
  { name: 'welcome-connect', place: '/welcome', prepare: (page) => page.getByRole('button', { name: /^3/ }).click() },
]

/** Whatever lies over the page is closed, and the page is another before it is opened anew. */
async function clear(page: Page): Promise<void> {
  for (let layer = 0; layer < 3; layer++) await page.keyboard.press('Escape')
  await own.ui.goTo('/nowhere')
}

async function open({ place, prepare }: View): Promise<void> {
  const { page } = own.ui
  await clear(page)
  await own.ui.goTo(typeof place === 'string' ? place : place(scene))
  await page.getByRole('heading').first().waitFor()
  await prepare?.(page)
  await page.evaluate(() => document.fonts.ready)
}

for (const view of views)
  test(`${view.name} has no barrier, in light and in dark`, async () => {
    const { page, door } = own.ui
    await mkdir(join(folder, door), { recursive: true })
    await own.ui.look('light', sizes[0] ?? [1180, 760])
    await open(view)
    for (const theme of ['light', 'dark'] as const) {
      for (const size of sizes) {
        await own.ui.look(theme, size)
        await page.screenshot({ path: join(folder, door, `${view.name}-${theme}-${size[0]}.png`), animations: 'disabled' })
      }
      if (door === 'browser' || view.differs) expect.soft(await barriers(page), theme).toEqual([])
    }
  })
