import { expect, test, useUi } from '../../support/ui-test'

const own = useUi()

test('asks anew each minute for its numbers, which grow old though nothing happens', async () => {
  const { page } = own.ui
  await own.ui.goTo('/settings')
  await page.clock.install()
  await own.ui.goTo('/')
  await expect(page.getByText('Calls per minute')).toBeVisible()
  const asked = page.waitForRequest(/\/stats\?/)
  await page.clock.fastForward('01:05')
  await asked
})
