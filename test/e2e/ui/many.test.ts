import { firstPaint, offerTools, scroll, writeCalls, type Scrolled } from '../support/ui-many'
import { expect, test, useUi } from '../support/ui-test'

const [tools, calls] = [5000, 100_000]
const own = useUi({ prepareData: (data) => writeCalls(data, calls) })
let servers: Awaited<ReturnType<typeof offerTools>>

test.beforeAll(async () => {
  servers = await offerTools(own.ui, 10, tools / 10)
})
test.afterAll(() => servers.stop())

/** What else runs on the machine has its share of every measurement: the best of these counts. */
const rounds = 3

/** One notch of a mouse wheel in every frame, for four seconds: as fast as anybody turns it. */
const [scrolledFrames, notch] = [240, 120]

interface Figures {
  readonly paintMs: number
  readonly scrolled: Scrolled
}

async function measure(place: string, list: string, row: string): Promise<Figures[]> {
  const figures: Figures[] = []
  for (let round = 0; round < rounds; round++) {
    await own.ui.goTo('/nowhere')
    await expect(own.ui.page.locator(list)).toHaveCount(0)
    const paintMs = await firstPaint(own.ui.page, place, `${list} ${row}`)
    figures.push({ paintMs, scrolled: await scroll(own.ui.page, list, scrolledFrames, notch) })
  }
  const text = figures.map(({ paintMs, scrolled: { longestTaskMs, longestByClockMs, pixels } }) =>
    [paintMs, longestTaskMs, longestByClockMs, pixels].map(Math.round).join(' / '),
  )
  console.log(`${own.ui.door} ${place}: ms to first paint / of the longest task / of that by the clock / pixels: ${text.join(', ')}`)
  return figures
}

function isSmooth(figures: readonly Figures[]): void {
  expect(Math.min(...figures.map(({ paintMs }) => paintMs))).toBeLessThan(200)
  expect(Math.min(...figures.map(({ scrolled }) => scrolled.longestTaskMs))).toBeLessThanOrEqual(50)
  expect(Math.max(...figures.map(({ scrolled }) => scrolled.pixels))).toBeGreaterThan(10_000)
}

test(`paints ${tools} tools at once and scrolls them without a halt`, async () => {
  const { page } = own.ui
  await own.ui.goTo('/tools')
  await expect.poll(() => page.getByRole('heading', { name: 'Tools' }).locator('..').innerText(), { timeout: 30_000 }).toContain('5,007')
  isSmooth(await measure('/tools', '[role=listbox]', '[role=option]'))
})

test(`paints ${calls} calls at once and scrolls them without a halt`, async () => {
  await own.ui.goTo('/activity')
  await expect(own.ui.page.getByText(/^100,000 calls/)).toBeVisible({ timeout: 20_000 })
  isSmooth(await measure('/activity', '[role=list][aria-label=Calls]', '[role=listitem]'))
})

test('shows in the list which of many tools was opened by its address', async () => {
  await own.ui.goTo('/tools/server-9_read_the_thing_number_499')
  await expect(own.ui.page.getByRole('option', { selected: true })).toBeInViewport()
})

test('finds one of many tools while it is typed', async () => {
  const { page } = own.ui
  await own.ui.goTo('/tools')
  await page.getByRole('searchbox', { name: 'Search tools' }).fill('thing_number_499')
  await expect(page.getByRole('option')).toHaveCount(10)
})
