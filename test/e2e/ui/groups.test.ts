import { connectAgent, expect, test, useUi } from '../support/ui-test'

const own = useUi()
const pane = () => own.ui.page.getByRole('region', { name: 'work', exact: true })
const tools = () => pane().getByRole('list', { name: 'Tools of the group' })

test('teaches what a group is for, and makes one', async () => {
  const { page } = own.ui
  await own.ui.goTo('/groups')
  await expect(page.getByText('No groups yet')).toBeVisible()
  await page.getByRole('main').getByRole('button', { name: 'New group' }).last().click()
  const dialog = page.getByRole('dialog', { name: 'New group' })
  await dialog.getByLabel('Name').fill('not a name')
  await dialog.getByRole('button', { name: 'Make the group' }).click()
  await expect(dialog.getByRole('alert')).toBeVisible()
  await dialog.getByLabel('Name').fill('work')
  await dialog.getByRole('checkbox', { name: 'demo' }).click()
  await dialog.getByRole('button', { name: 'Make the group' }).click()
  await expect(dialog).toBeHidden()
  await expect(pane()).toContainText(`${own.ui.endpoint}/g/work`)
  await expect(tools()).toContainText('delete_note')
  await expect(pane().getByText('Fits Cursor (40)')).toBeVisible()
})

test('shows at once which tools come of a rule, and takes it back by Undo', async () => {
  const agent = await connectAgent(own.ui, 'An agent of the group', 'work')
  expect(await agent.tools()).toContain('demo_delete_note')
  await pane().getByLabel('Deny').fill('demo_delete_*')
  await own.ui.page.keyboard.press('Enter')
  await expect(tools()).not.toContainText('delete_note')
  await expect.poll(() => agent.tools()).not.toContain('demo_delete_note')
  await own.ui.page.getByRole('button', { name: 'Undo' }).click()
  await expect(tools()).toContainText('delete_note')
  await expect.poll(() => agent.tools()).toContain('demo_delete_note')
  await agent.close()
})

test('keeps a pattern that cannot be used where it was typed, and says why', async () => {
  const deny = pane().getByLabel('Deny')
  await deny.fill('{a,b')
  await own.ui.page.keyboard.press('Enter')
  await expect(pane().getByRole('alert')).toContainText('no other brace')
  await expect(deny).toHaveValue('{a,b')
  await deny.fill('{a,b}_*')
  await own.ui.page.keyboard.press('Enter')
  await expect(pane().getByRole('alert')).toBeHidden()
  await expect(deny).toHaveValue('')
  await pane().getByRole('button', { name: 'Remove {a,b}_*' }).click()
})

test('finds its servers among many', async () => {
  const list = pane().getByRole('list', { name: 'Servers of the group' })
  await expect(pane().getByRole('searchbox', { name: 'Search servers' })).toBeHidden()
  for (let index = 0; index < 9; index++)
    await own.ui.ask('POST', '/servers', { name: `one-of-many-${index}`, url: 'http://127.0.0.1:9/mcp', enabled: false })
  await pane().getByRole('searchbox', { name: 'Search servers' }).fill('many-7')
  await expect(list.getByRole('checkbox')).toHaveCount(1)
  await list.getByRole('checkbox', { name: 'one-of-many-7' }).click()
  await expect(list.getByRole('checkbox', { name: 'one-of-many-7' })).toBeChecked()
  await pane().getByRole('searchbox', { name: 'Search servers' }).fill('nothing like it')
  await expect(list.getByText('No server matches')).toBeVisible()
})

test('has a snippet with its own address', async () => {
  await pane().getByRole('button', { name: 'Copy the snippet for Claude Code' }).click()
  await expect.poll(() => own.ui.clipboard()).toContain(`${own.ui.endpoint}/g/work`)
})

test('is renamed with its address, and refuses to go while a client is bound to it', async () => {
  const { page } = own.ui
  await pane().getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Rename…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Rename work' })
  await dialog.getByLabel('Name').fill('office')
  await dialog.getByRole('button', { name: 'Rename' }).click()
  const office = page.getByRole('region', { name: 'office', exact: true })
  await expect(office).toContainText('/g/office')
  const remove = async () => {
    await office.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Remove' }).click()
  }
  await remove()
  await expect(office.getByText('That was not taken')).toBeVisible()
  const [client] = await own.ui.ask<{ id: string }[]>('GET', '/clients')
  await own.ui.ask('DELETE', `/clients/${client?.id}`)
  await remove()
  await expect(page.getByText('No groups yet')).toBeVisible()
  await page.getByRole('button', { name: 'Undo' }).last().click()
  await expect(office).toBeVisible()
})
