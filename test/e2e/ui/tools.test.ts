import type { Agent } from '../support/agent'
import { connectAgent, expect, test, useUi } from '../support/ui-test'

const own = useUi()
let agent: Agent
test.beforeAll(async () => {
  agent = await connectAgent(own.ui, 'Claude Code')
  await own.ui.goTo('/tools')
})
test.afterAll(() => agent.close())

const pane = (name: string) => own.ui.page.getByRole('region', { name, exact: true })
const search = () => own.ui.page.getByRole('searchbox', { name: 'Search tools' })
const open = async (name: string) => {
  await own.ui.goTo(`/tools/demo_${name}`)
  await expect(pane(name)).toBeVisible()
  return pane(name)
}

test('finds a tool by what it is called and by what it says', async () => {
  const { page } = own.ui
  await search().fill('adds two')
  await expect(page.getByRole('option')).toHaveCount(1)
  await expect(page.getByText('1 found')).toBeVisible()
  await search().fill('delete_ demo') // each word by itself, in any order
  await expect(page.getByRole('option')).toHaveCount(1)
  await search().fill('no tool is called so')
  await expect(page.getByText('No tool matches')).toBeVisible()
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await expect(page.getByRole('option', { name: /delete_note/ })).toBeVisible()
})

test('says of a tool what happens when it is called, by which rule, and what it costs', async () => {
  const tool = await open('delete_note')
  await expect(tool.getByText('Destroys')).toBeVisible()
  await expect(tool.getByRole('definition').first()).toContainText('Asks')
  await expect(tool).toContainText('demo_delete_note')
  await expect(tool).toContainText(/of 64 characters/)
  await expect(tool).toContainText(/\d+ tokens? of an agent’s context/)
  await tool.getByRole('tab', { name: 'Schema' }).click()
  await expect(tool.getByRole('tabpanel')).toContainText('id')
})

test('runs a tool through the whole pipeline and shows its answer', async () => {
  const tool = await open('add')
  await tool.getByLabel(/^a /).fill('not a number')
  await tool.getByRole('button', { name: 'Run' }).click()
  await expect(tool.getByText('Must be a number, such as 3 or 0.5.')).toBeVisible()
  await tool.getByLabel(/^a /).fill('40')
  await tool.getByRole('button', { name: 'Run' }).click()
  await expect(tool.getByText('It has to be given.')).toBeVisible()
  await tool.getByLabel(/^b /).fill('2')
  await tool.getByRole('button', { name: 'Run' }).click()
  await expect(tool.getByRole('heading', { name: /^Last result OK/ })).toBeVisible()
  await expect(tool.getByLabel('Text')).toHaveText('42')
})

test('writes the arguments as JSON too', async () => {
  const tool = await open('add')
  const way = tool.getByRole('radiogroup', { name: 'How to write the arguments' })
  await way.getByRole('radio', { name: 'JSON' }).click()
  const text = tool.getByRole('textbox', { name: 'Arguments as JSON' })
  await text.fill('[1, 2]')
  await tool.getByRole('button', { name: 'Run' }).click()
  await expect(tool.getByText('This is not one JSON object: { … }.')).toBeVisible()
  await text.fill('{"a": 20, "b": 22}')
  await way.getByRole('radio', { name: 'Form' }).click()
  await expect(tool.getByLabel(/^b /)).toHaveValue('22')
  await tool.getByRole('button', { name: 'Run' }).click()
  await expect(tool.getByLabel('Text')).toHaveText('42')
})

test('keeps what was typed while the schema is looked at', async () => {
  const tool = await open('add')
  await tool.getByLabel(/^a /).fill('7')
  await tool.getByRole('tab', { name: 'Schema' }).click()
  await expect(tool.getByLabel(/^a /)).toBeHidden()
  await tool.getByRole('tab', { name: /Try it/ }).click()
  await expect(tool.getByLabel(/^a /)).toHaveValue('7')
})

test('waits for the person where the tool asks, and shows what came of it', async () => {
  const tool = await open('delete_note')
  await tool.getByLabel(/^id /).fill('2')
  await tool.getByRole('button', { name: 'Run' }).click()
  await expect(tool.getByText('It runs. Where the policy asks')).toBeVisible()
  const pending = () => own.ui.ask<{ id: string }[]>('GET', '/hil/pending')
  await expect.poll(async () => (await pending()).length).toBe(1)
  await own.ui.ask('POST', `/hil/pending/${(await pending())[0]?.id}/deny`, { reason: 'Not from the playground' })
  await expect(tool.getByRole('heading', { name: /^Last result Error/ })).toBeVisible()
  await expect(tool).toContainText('Not from the playground')
})

test('shows the calls of one tool, and runs one of them again with its arguments', async () => {
  await agent.call('demo_add', { a: 3, b: 4 })
  const tool = await open('add')
  await tool.getByRole('tab', { name: 'History' }).click()
  const row = tool.getByRole('button', { name: /Claude Code/ })
  await row.click()
  await expect(tool.getByRole('tree', { name: 'Arguments' })).toContainText('3')
  await tool.getByRole('button', { name: 'Run again…' }).click()
  await expect(tool.getByLabel(/^a /)).toHaveValue('3')
  await expect(tool.getByLabel(/^b /)).toHaveValue('4')
})

test('is walked through by arrow keys', async () => {
  const { page } = own.ui
  await own.ui.goTo('/tools')
  await page.getByRole('listbox', { name: 'Tools' }).focus()
  await page.keyboard.press('End')
  const last = page.getByRole('option', { selected: true })
  const name = await last.textContent()
  await page.keyboard.press('ArrowUp')
  await expect(page.getByRole('option', { selected: true })).not.toHaveText(name ?? '')
})
