import type { Agent } from '../support/agent'
import { connectAgent, expect, test, useUi } from '../support/ui-test'

const own = useUi()
let agent: Agent
test.beforeAll(async () => {
  agent = await connectAgent(own.ui, 'Claude Code')
  for (let call = 0; call < 3; call++) await agent.call('demo_echo', { message: `call ${call}` })
  await own.ui.goTo('/policy')
})
test.afterAll(() => agent.close())

const main = () => own.ui.page.getByRole('main')
const button = (name: string) => main().getByRole('button', { name, exact: true })
const newRule = async (server: string, tool: string) => {
  await button('New rule').click()
  await main().getByLabel('Server', { exact: true }).fill(server)
  await main()
    .getByLabel(/^Tool\b/)
    .fill(tool)
}
const savedRules = async () => (await own.ui.ask<{ policy: { rules: unknown[] } }>('GET', '/policy')).policy.rules

test('shows of a rule, before it is saved, which tools it names and what it would have done last week', async () => {
  await newRule('demo', 'ech?')
  await expect(main().getByRole('heading', { name: 'Matches now 1 tool' })).toBeVisible()
  await expect(main().getByRole('heading', { name: 'Would have asked 3 times last week' })).toBeVisible()
  await expect(main().getByText('3 for Claude Code')).toBeVisible()
  await expect(main().getByRole('status').filter({ hasText: '1 rule changed' })).toContainText(
    'asks for 1 more tool, 3 calls of last week would have gone otherwise',
  )
  expect(await savedRules()).toEqual([])
  expect((await agent.call('demo_echo', { message: 'not yet' })).isError).toBe(false)
})

test('shows the difference, line by line and call by call', async () => {
  await button('Show diff').click()
  const dialog = own.ui.page.getByRole('dialog', { name: 'What changes' })
  await expect(dialog.getByLabel('Rules before and after')).toContainText('+ ')
  await expect(dialog.getByRole('heading', { name: /^Calls that would have gone otherwise [34] of/ })).toBeVisible()
  await expect(dialog.getByRole('listitem').first()).toContainText('echo')
  await dialog.getByRole('button', { name: 'Close' }).last().click()
})

test('is in force once it is saved', async () => {
  await button('Save policy').click()
  await expect(button('Save policy')).toBeHidden()
  const answer = agent.call('demo_echo', { message: 'may I?' })
  await expect.poll(async () => (await own.ui.ask<unknown[]>('GET', '/hil/pending')).length).toBe(1)
  await own.ui.ask('POST', '/hil/deny', {})
  expect((await answer).isError).toBe(true)
})

test('takes back step by step what is not saved', async () => {
  await main().getByRole('radio', { name: 'Deny' }).click()
  await expect(button('Undo')).toBeVisible()
  await expect(main().getByRole('region', { name: 'Deny' })).toContainText('ech?')
  await button('Undo').click()
  await expect(main().getByRole('region', { name: 'Ask a person' })).toContainText('ech?')
  await expect(button('Save policy')).toBeHidden()
})

test('keeps a draft while another page is looked at', async () => {
  await newRule('demo', 'tim?')
  await own.ui.goTo('/activity')
  await own.ui.goTo('/policy')
  await expect(main().getByRole('region', { name: 'Ask a person' })).toContainText('tim?')
  while (await button('Undo').isVisible()) await button('Undo').click()
  await expect(main().getByText('tim?')).toBeHidden()
})

test('marks a rule that names nothing, and refuses a pattern that is none', async () => {
  await newRule('demo', 'no_such_tool')
  await expect(main().getByText('Dead: matches no tool')).toBeVisible()
  await main()
    .getByLabel(/^Tool\b/)
    .fill('{a,b')
  await expect(main().getByRole('alert').first()).toBeVisible()
  await button('Remove').click()
  await expect(button('Save policy')).toBeHidden()
})

test('says which rule decides about a tool', async () => {
  await own.ui.page.getByRole('searchbox', { name: 'Which rule decides…' }).fill('list_notes')
  await expect(main().getByRole('region', { name: 'Everything else' })).toContainText('tool')
  await expect(main().getByText('ech?')).toBeHidden()
  await own.ui.page.getByRole('searchbox').fill('')
})

test('begins a rule from a recorded call', async () => {
  await own.ui.goTo('/activity')
  const calls = own.ui.page.getByRole('list', { name: 'Calls' })
  await calls.getByRole('button', { name: /echo/ }).first().click()
  await calls.getByRole('button', { name: 'Make a rule' }).click()
  await expect(main().getByLabel('Server', { exact: true })).toHaveValue('demo')
  await expect(main().getByLabel(/^Tool\b/)).toHaveValue('echo')
  await main().getByRole('radio', { name: 'Allow' }).click()
  await button('Save policy').click()
  await expect.poll(async () => (await savedRules()).length).toBe(2)
})

test('says so when the policy was changed elsewhere meanwhile', async () => {
  await own.ui.goTo('/policy')
  await newRule('demo', 'time')
  const { policy } = await own.ui.ask<{ policy: object }>('GET', '/policy')
  await own.ui.ask('PUT', '/policy', { ...policy, rules: [] })
  await expect(main().getByText('The policy was changed elsewhere meanwhile')).toBeVisible()
  await button('Take theirs').click()
  await expect(main().getByText('ech?')).toBeHidden()
  await expect(button('Save policy')).toBeHidden()
})
