import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectAgent, expect, test, useUi } from '../support/ui-test'

const impatientSeconds = 2
const hil = { auto_open_browser: false, impatient_seconds: impatientSeconds }
const own = useUi({ prepareData: (data) => writeFile(join(data, 'gateway.json'), JSON.stringify({ hil })) })

test('says what a yes still does once the agent was told to come back', async () => {
  const { page } = own.ui
  const agent = await connectAgent(own.ui, 'Claude Code')
  await own.ui.goTo('/approvals')
  const answer = agent.call('demo_delete_note', { id: 1 })
  await expect(page.getByRole('group', { name: 'Arguments of the call' })).toBeVisible()
  const note = page.getByText('The agent waits no longer')
  await expect(note).toBeHidden()
  expect((await answer).isError).toBe(true)
  await expect(note).toBeVisible()
  await page.getByRole('button', { name: 'Deny', exact: true }).click()
  await agent.close()
})
