import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'

/** What would keep somebody from using the page: the serious and the critical of what axe finds. */
export async function barriers(page: Page): Promise<string[]> {
  // An app has no second page to put the results together in.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary?.slice(0, 300)}`))
}
