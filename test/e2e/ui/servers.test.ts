import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { npmServer, startEverything } from '../support/ui-everything'
import { connectAgent, expect, test, useUi } from '../support/ui-test'

const claudeConfig = (url: string) =>
  JSON.stringify(
    {
      numStartups: 7,
      mcpServers: {
        'found-http': { type: 'http', url, headers: { Authorization: 'Bearer sk-live-0123456789abcdefghij' } },
        'found-stdio': { command: 'a-program-that-is-not-there', args: ['--serve'] },
      },
    },
    null,
    2,
  )

let everything: Awaited<ReturnType<typeof startEverything>>
test.beforeAll(async () => {
  everything = await startEverything()
})
test.afterAll(() => everything.stop())

const own = useUi({
  async prepareHome(home) {
    await mkdir(join(home, 'notes'))
    await writeFile(join(home, 'notes', 'hello.txt'), 'hello from a file')
    await writeFile(join(home, '.claude.json'), claudeConfig('http://127.0.0.1:9/mcp'))
  },
})

const dialog = () => own.ui.page.getByRole('dialog', { name: 'Add server' })
const pane = (name: string) => own.ui.page.getByRole('region', { name, exact: true })
const paste = (text: string) => dialog().getByRole('textbox', { name: 'URL, command or mcpServers block' }).fill(text)
const option = (name: string) => own.ui.page.getByRole('option', { name: new RegExp(`\\b${name}\\b`) })
const isReady = (name: string) => expect(option(name).getByRole('img', { name: 'Ready' })).toBeVisible({ timeout: 20_000 })
const inDialog = (name: string) => dialog().getByRole('button', { name, exact: true })
const openAdd = async () => {
  await own.ui.goTo('/servers')
  await own.ui.page.getByRole('button', { name: 'Add server' }).click()
}

test('adds an http server from its pasted URL, tested before it is saved', async () => {
  await openAdd()
  await paste(everything.url)
  await expect(dialog().getByText('Streamable HTTP')).toBeVisible()
  await dialog().getByLabel('Name').fill('everything')
  await inDialog('Test').click()
  await expect(dialog().getByText(/^Answers in/)).toBeVisible({ timeout: 15_000 })
  await inDialog('Add server').click()
  await expect(dialog()).toBeHidden()
  await isReady('everything')
  const agent = await connectAgent(own.ui, 'An agent')
  expect((await agent.call('everything_echo', { message: 'through the gateway' })).text).toContain('through the gateway')
  await agent.close()
})

test('says in the form what is wrong before anything is sent', async () => {
  await openAdd()
  await dialog().getByLabel('Name').fill('Not a name!')
  await inDialog('Add server').click()
  await expect(dialog().getByRole('alert').first()).toBeVisible()
  await inDialog('Cancel').click()
})

test('asks before Escape would lose what was filled in, and only then', async () => {
  const { page } = own.ui
  const question = page.getByRole('alertdialog', { name: 'Close without saving?' })
  await openAdd()
  await page.keyboard.press('Escape')
  await expect(dialog()).toBeHidden()
  await openAdd()
  await dialog().getByLabel('Name').fill('half-filled')
  await page.keyboard.press('Escape')
  await expect(question).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(question).toBeHidden()
  await expect(dialog().getByLabel('Name')).toHaveValue('half-filled')
  await page.keyboard.press('Escape')
  await question.getByRole('button', { name: 'Close' }).click()
  await expect(dialog()).toBeHidden()
})

test('shows the whole command of a stdio server, and starts it only once it is trusted', async () => {
  await openAdd()
  await paste(`${process.execPath} ${npmServer('filesystem')} ${join(own.ui.home, 'notes')}`)
  await expect(dialog().getByText('Command', { exact: true }).first()).toBeVisible()
  await dialog().getByLabel('Name').fill('files')
  await inDialog('Add server').click()
  const files = pane('files')
  await expect(files.getByText('Trust this command before it runs')).toBeVisible()
  await expect(files).toContainText(npmServer('filesystem').slice(-40))
  await expect(files).toContainText(join(own.ui.home, 'notes'))
  const trust = files.getByRole('button', { name: 'Trust and start' })
  await expect(trust).toHaveAttribute('aria-disabled', 'false')
  await trust.click()
  await isReady('files')
  const agent = await connectAgent(own.ui, 'A reader')
  const { text } = await agent.call('files_read_text_file', { path: join(own.ui.home, 'notes', 'hello.txt') })
  expect(text).toContain('hello from a file')
  await agent.close()
})

test('reads a whole mcpServers block, and takes over what is picked', async () => {
  await openAdd()
  await paste(JSON.stringify({ mcpServers: { one: { url: 'http://127.0.0.1:9/one' }, two: { url: 'http://127.0.0.1:9/two' } } }))
  await expect(dialog().getByRole('checkbox', { name: 'Import one' })).toBeChecked()
  await dialog().getByRole('checkbox', { name: 'Import two' }).click()
  await inDialog('Import 1 server').click()
  await expect(dialog().getByText('1 server added')).toBeVisible()
  await inDialog('Done').click()
  await expect(option('one')).toBeVisible()
  await expect(option('two')).toBeHidden()
})

test('says what is wrong with a block that cannot be read', async () => {
  await openAdd()
  await paste('{"mcpServers": {"one": ')
  await expect(dialog().getByRole('alert')).toBeVisible()
  await inDialog('Cancel').click()
})

test('imports what Claude Code has on this machine; its secret moves to the vault and its file stays', async () => {
  const { page, ui } = { page: own.ui.page, ui: own.ui }
  const file = join(ui.home, '.claude.json')
  const before = await readFile(file)
  await ui.goTo('/servers')
  await page.getByRole('button', { name: 'Import' }).click()
  await expect(dialog().getByRole('region', { name: 'Claude Code' })).toContainText('2 servers')
  await expect(dialog()).not.toContainText('sk-live-0123456789')
  await expect(dialog().getByText(/^keychain:/)).toBeVisible()
  for (const name of ['found-http', 'found-stdio']) {
    const box = dialog().getByRole('checkbox', { name: `Import ${name}` })
    if (!(await box.isChecked())) await box.click()
  }
  await inDialog('Import 2 servers').click()
  await expect(dialog().getByText('2 servers added')).toBeVisible()
  await inDialog('Done').click()
  await expect(option('found-stdio')).toContainText(/trust/i)
  expect(await readFile(file)).toEqual(before)
  expect(JSON.stringify(await ui.ask('GET', '/servers'))).not.toContain('sk-live-0123456789')
})

test('has the decision about a command at the bottom of the pane, and lays no toast over it', async () => {
  await option('found-stdio').click()
  const bottom = (element: Element) => Math.round(element.getBoundingClientRect().bottom)
  const bar = pane('found-stdio').getByRole('button', { name: 'Trust and start' }).locator('..')
  expect(await bar.evaluate(bottom)).toBe(await pane('found-stdio').evaluate(bottom))
})

test('removes a server at once, and brings it back by Undo', async () => {
  const { page } = own.ui
  await option('everything').click()
  await page.getByRole('button', { name: 'More for everything' }).click()
  await page.getByRole('menuitem', { name: 'Remove' }).click()
  await expect(option('everything')).toBeHidden()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(option('everything')).toBeVisible()
})

test('is filtered, and walked through by arrow keys', async () => {
  const { page } = own.ui
  await page.getByRole('searchbox', { name: 'Filter' }).fill('found')
  await expect(page.getByRole('option')).toHaveCount(2)
  await page.getByRole('searchbox', { name: 'Filter' }).fill('no server is called so')
  await page.getByRole('button', { name: 'Clear filters' }).first().click()
  await page.getByRole('listbox', { name: 'Servers' }).focus()
  await page.keyboard.press('Home')
  const first = await page.getByRole('option', { selected: true }).textContent()
  await page.keyboard.press('ArrowDown')
  await expect(page.getByRole('option', { selected: true })).not.toHaveText(first ?? '')
})
