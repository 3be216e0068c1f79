import { test as base } from '@playwright/test'
import { connectWith, type Agent } from './agent'
import { openInApp } from './ui-app'
import { openInBrowser } from './ui-browser'
import type { Door, Ui, UiOptions } from './ui-window'

/** A test of the pages, run once for each door (see playwright.config.ts). */
export const test = base.extend<object, { door: Door }>({ door: ['browser', { option: true, scope: 'worker' }] })
export { expect } from '@playwright/test'

export const openUi = (door: Door, options?: UiOptions): Promise<Ui> => (door === 'app' ? openInApp(options) : openInBrowser(options))

/** Opened before the tests of a file and closed after them. They follow each other in the same window, unless each is on its own. */
export function useUi({ mode = 'serial', ...options }: UiOptions & { readonly mode?: 'serial' | 'default' } = {}): { readonly ui: Ui } {
  let opened: Ui | undefined
  test.describe.configure({ mode })
  test.beforeAll(async ({ door }) => {
    opened = await openUi(door, options)
  })
  test.afterAll(async () => {
    const faults = opened?.faults() ?? []
    await opened?.close()
    test.expect(faults).toEqual([])
  })
  return {
    get ui() {
      if (!opened) throw new Error('The window was not opened.')
      return opened
    },
  }
}

/** Makes a client and connects as a real MCP client with its token. */
export async function connectAgent(ui: Ui, name: string, group: string | null = null): Promise<Agent> {
  const { token } = await ui.ask<{ token: string }>('POST', '/clients', { name, group })
  return connectWith(group === null ? ui.endpoint : `${ui.endpoint}/g/${group}`, name, token)
}
