import { expect, test, useUi } from '../support/ui-test'

const own = useUi({ firstRun: true })
const heading = (name: string) => expect(own.ui.page.getByRole('heading', { name })).toBeVisible()
const button = (name: string) => own.ui.page.getByRole('button', { name, exact: true })

test('begins with one call that asks, and shows its answer once it is approved', async () => {
  await heading('One door for all your tools')
  await button('Let it ask').click()
  await heading('It waits for you')
  const asked = await own.ui.questionPage()
  await asked.getByRole('button', { name: 'Approve once' }).click()
  await heading('You approved it, and here is the answer')
  await expect(own.ui.page.getByText('You approved it once')).toBeVisible()
  await expect(own.ui.page.getByText(/deleted/i).first()).toBeVisible()
})

test('lets the call be denied too, and shows what the agent reads then', async () => {
  await button('Try that').click()
  const asked = await own.ui.questionPage()
  await asked.getByRole('textbox', { name: 'Reason for the model' }).fill('Only a trial')
  await asked.getByRole('button', { name: 'Deny', exact: true }).click()
  await heading('You denied it, and the agent knows')
  await expect(own.ui.page.getByText('Only a trial')).toBeVisible()
})

test('goes on to servers and to agents, by Next or by the list of steps', async () => {
  await button('Add your servers').click()
  await heading('Add your servers')
  await button('Add one by hand…').click()
  await expect(own.ui.page.getByRole('dialog', { name: 'Add server' })).toBeVisible()
  await own.ui.page.keyboard.press('Escape')
  await own.ui.page.getByRole('button', { name: /^3 ?Connect your agent/ }).click()
  await heading('Connect your agent')
  await button('Make its token').click()
  await expect(own.ui.page.getByText('Copy the token now; it is not shown again')).toBeVisible()
  await button('Done').click()
  await heading('Overview')
})

test('does not come again by itself, and opens again from Settings, to be skipped', async () => {
  await own.ui.page.reload()
  await heading('Overview')
  await own.ui.goTo('/settings')
  await own.ui.page.getByRole('link', { name: 'Open again' }).click()
  await heading('One door for all your tools')
  await button('Skip for now').click()
  await heading('Overview')
})
