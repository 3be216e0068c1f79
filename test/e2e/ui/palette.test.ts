import { expect, test, useUi } from '../support/ui-test'

const own = useUi()
const heading = (name: string) => expect(own.ui.page.getByRole('heading', { name, level: 1 })).toBeVisible()

test('leads to every page from the rail', async () => {
  const { page } = own.ui
  for (const name of ['Servers', 'Groups', 'Tools', 'Policy', 'Approvals', 'Activity', 'Clients', 'Settings', 'Overview']) {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click()
    await heading(name)
    await expect(page.getByRole('link', { name, exact: true })).toHaveAttribute('aria-current', 'page')
  }
})

test('says so where an address leads to no page, and leads back', async () => {
  await own.ui.goTo('/nowhere')
  await heading('Nothing here')
  await own.ui.page.getByRole('button', { name: 'Go to the overview' }).click()
  await heading('Overview')
})

test('leads to pages by Control and a number, and to Settings by a comma', async () => {
  const { page } = own.ui
  await page.keyboard.press('Control+5')
  await heading('Policy')
  await page.keyboard.press('Control+,')
  await heading('Settings')
  await page.keyboard.press('Control+1')
  await heading('Overview')
})

test('finds a page, a tool and an action by Control+K', async () => {
  const { page } = own.ui
  const palette = page.getByRole('dialog', { name: 'Search or run' })
  const find = async (words: string) => {
    await page.keyboard.press('Control+k')
    await page.getByPlaceholder('Search or run').fill(words)
    await page.keyboard.press('Enter')
    await expect(palette).toBeHidden()
  }
  await find('activity')
  await heading('Activity')
  await find('delete_note')
  await heading('Tools')
  await expect(page.getByRole('heading', { name: 'delete_note' })).toBeVisible()
  await find('list notes')
  await expect(page.getByRole('heading', { name: 'list_notes' })).toBeVisible()
  await find('connect an agent')
  await expect(page.getByRole('dialog', { name: 'Connect an agent' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await find('copy endpoint')
  await expect(page.getByText('Endpoint copied')).toBeVisible()
  expect(await own.ui.clipboard()).toBe(own.ui.endpoint)
})

test('closes by Escape and says when nothing is found', async () => {
  const { page } = own.ui
  await page.getByRole('button', { name: 'Search or run' }).click()
  await page.getByPlaceholder('Search or run').fill('there is no such thing')
  await expect(page.getByText('Nothing found')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByPlaceholder('Search or run')).toBeHidden()
})

test('goes to the search of a list by "/", and types it where text is written', async () => {
  const { page } = own.ui
  for (const [place, label] of [
    ['/servers', 'Filter'],
    ['/groups', 'Search groups'],
    ['/tools', 'Search tools'],
    ['/policy', 'Which rule decides…'],
    ['/activity', 'Search calls'],
    ['/clients', 'Search clients'],
  ] as const) {
    await own.ui.goTo(place)
    const search = page.getByRole('searchbox', { name: label })
    await expect(search).toBeVisible()
    await page.keyboard.press('/')
    await expect(search).toBeFocused()
    await page.keyboard.type('a/b')
    await expect(search).toHaveValue('a/b')
    await page.keyboard.press('Escape')
    await expect(search).toHaveValue('')
  }
})

test('gives the focus back to what opened a dialog', async () => {
  const { page } = own.ui
  const returns = async (place: string, name: string) => {
    await own.ui.goTo(place)
    const opener = page.getByRole('main').getByRole('button', { name, exact: true }).first()
    await opener.focus()
    await page.keyboard.press('Enter')
    await expect(page.getByRole('dialog')).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(page.getByRole('dialog')).toBeHidden()
    await expect(opener).toBeFocused()
  }
  await returns('/servers', 'Add server')
  await returns('/groups', 'New group')
  await returns('/clients', 'Connect an agent')
  await returns('/settings', 'Add a secret')
  const search = page.getByRole('button', { name: 'Search or run' })
  await search.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByPlaceholder('Search or run')).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(search).toBeFocused()
})

test('gives the focus back to the menu that led to a dialog', async () => {
  const { page } = own.ui
  await own.ui.ask('POST', '/groups', { name: 'work', member_server_ids: [] })
  await own.ui.goTo('/groups')
  const menu = page.getByRole('main').getByRole('button', { name: 'More' })
  await menu.focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog', { name: 'Rename work' })).toBeVisible()
  await expect(page.getByRole('textbox', { name: /^Name/ })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(menu).toBeFocused()
})
