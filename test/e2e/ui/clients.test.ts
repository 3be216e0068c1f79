import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectWith } from '../support/agent'
import { expect, test, useUi } from '../support/ui-test'

/** As a person writes it: with a comment and tabs of their own. */
const cursorConfig = '{\n\t// my own servers\n\t"mcpServers": {\n\t\t"mine": { "url": "https://example.com/mcp" },\n\t},\n}\n'

const own = useUi({
  async prepareHome(home) {
    await mkdir(join(home, '.cursor'))
    await writeFile(join(home, '.cursor', 'mcp.json'), cursorConfig)
  },
})

const dialog = () => own.ui.page.getByRole('dialog', { name: 'Connect an agent' })
const pane = (name: string) => own.ui.page.getByRole('region', { name, exact: true })
const token = (name: string) => pane(name).getByTestId('token').innerText()
const connect = async (agent: string, name?: string) => {
  await own.ui.page.getByRole('main').getByRole('button', { name: 'Connect an agent' }).first().click()
  await dialog().getByRole('radio', { name: agent }).click()
  if (name !== undefined) await dialog().getByLabel('Name').fill(name)
  await dialog().getByRole('button', { name: 'Make its token' }).click()
}

test('teaches the first step, and gives an agent a token that is shown once', async () => {
  const { page } = own.ui
  await own.ui.goTo('/clients')
  await expect(page.getByText('No agent is connected')).toBeVisible()
  await connect('Claude Code')
  const given = await token('Claude Code')
  await expect(pane('Claude Code').getByLabel('Snippet for Claude Code', { exact: true })).toContainText(given)
  await pane('Claude Code').getByRole('button', { name: 'I have it' }).click()
  await expect(pane('Claude Code').getByTestId('token')).toBeHidden()
  await expect(pane('Claude Code')).not.toContainText(given)
  expect(JSON.stringify(await own.ui.ask('GET', '/clients'))).not.toContain(given)
})

test('says what is missing where the name is, before a token is made', async () => {
  await connect('Codex', ' ')
  await expect(dialog().getByRole('alert')).toContainText('Give it a name')
  await own.ui.page.keyboard.press('Escape')
})

test('has a snippet that connects a real MCP client', async () => {
  await connect('Codex', 'An agent, with 100% / odd: characters')
  const name = 'An agent, with 100% / odd: characters'
  const agents = pane(name).getByRole('radiogroup', { name: 'Agent' })
  await agents.getByRole('radio', { name: 'JSON' }).click()
  await pane(name).getByRole('button', { name: 'Copy the snippet for JSON' }).click()
  await expect.poll(() => own.ui.clipboard()).toContain('"Authorization"')
  const [entry] = Object.values(
    JSON.parse(await own.ui.clipboard()) as Record<string, { readonly url: string; readonly headers: { readonly Authorization: string } }>,
  )
  const agent = await connectWith(entry?.url ?? '', name, entry?.headers.Authorization.replace('Bearer ', '') ?? '')
  expect((await agent.call('demo_echo', { message: 'by the snippet' })).text).toContain('by the snippet')
  await agent.close()
})

test('shows the calls of one client, whatever characters its name has', async () => {
  const { page } = own.ui
  await pane('An agent, with 100% / odd: characters').getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Its activity' }).click()
  await expect(page.getByRole('heading', { name: 'Activity', level: 1 })).toBeVisible()
  const calls = page.getByRole('list', { name: 'Calls' }).getByRole('listitem')
  await expect(calls).toHaveCount(1)
  await expect(calls).toContainText('echo')
  await own.ui.goTo('/clients')
})

test('ends a token at once when a new one is made', async () => {
  const { page } = own.ui
  await connect('Codex', 'To be rotated')
  const before = await token('To be rotated')
  await pane('To be rotated').getByRole('button', { name: 'New token…' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Make a new token' }).click()
  await expect.poll(() => token('To be rotated')).not.toBe(before)
  await expect(connectWith(own.ui.endpoint, 'Somebody', before)).rejects.toThrow()
  const agent = await connectWith(own.ui.endpoint, 'Somebody', await token('To be rotated'))
  expect(await agent.tools()).toContain('demo_echo')
  await agent.close()
})

test('writes the config of an agent after it was shown, and undoes it byte for byte', async () => {
  const { page, ui } = { page: own.ui.page, ui: own.ui }
  const file = join(ui.home, '.cursor', 'mcp.json')
  await expect(page.getByRole('region', { name: 'Found on this machine' })).toContainText('Cursor')
  await connect('Cursor')
  const cursor = pane('Cursor')
  const given = await token('Cursor')
  await expect(cursor.getByLabel(`${file} before and after`)).toContainText('"gateway"')
  await expect(cursor.getByLabel(`${file} before and after`)).not.toContainText(given)
  expect(await readFile(file, 'utf8')).toBe(cursorConfig)
  await cursor.getByRole('button', { name: 'Write it for me' }).click()
  await expect.poll(() => readFile(file, 'utf8')).toContain(given)
  const written = await readFile(file, 'utf8')
  expect(written).toContain('// my own servers')
  expect(written).toContain(ui.endpoint)
  await cursor.getByRole('button', { name: 'Undo writing' }).click()
  await expect.poll(() => readFile(file, 'utf8')).toBe(cursorConfig)
})

test('removes a client only when told so twice; its token ends', async () => {
  const { page } = own.ui
  await own.ui.goTo('/clients')
  await connect('Codex', 'To be removed')
  const given = await token('To be removed')
  const remove = async () => {
    await pane('To be removed').getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Remove…' }).click()
  }
  await remove()
  await expect(page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(pane('To be removed')).toBeVisible()
  await remove()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
  await expect(pane('To be removed')).toBeHidden()
  await expect(connectWith(own.ui.endpoint, 'Somebody', given)).rejects.toThrow()
})

test('shows every kind of snippet in a small window', async () => {
  const { page } = own.ui
  await own.ui.look('light', [900, 600])
  const agents = page.getByLabel('Agent', { exact: true })
  expect(await agents.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0)
  await own.ui.look('light', [1180, 760])
})

test('is searched by name', async () => {
  const { page } = own.ui
  await page.getByRole('searchbox', { name: 'Search clients' }).fill('cursor')
  await expect(page.getByRole('listbox', { name: 'Clients' }).getByRole('option')).toHaveCount(1)
  await page.getByRole('searchbox', { name: 'Search clients' }).fill('nobody is called so')
  await expect(page.getByText('No client matches')).toBeVisible()
  await page.getByRole('button', { name: 'Clear filters' }).click()
})
