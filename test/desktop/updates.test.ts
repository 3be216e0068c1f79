import { describe, expect, it, vi } from 'vitest'
import { createUpdates, type Updater, type UpdaterListeners } from '../../src/main/desktop/updates'
import { silentLog } from '../../src/main/gateway/log'

function open(unsupported?: string) {
  const told: string[] = []
  const order: string[] = []
  let listeners: UpdaterListeners | undefined
  const updater: Updater = { check: vi.fn(async () => undefined), install: () => void order.push('installed') }
  const updates = createUpdates({
    unsupported,
    open: async (given) => {
      listeners = given
      return updater
    },
    channel: () => 'beta',
    changed: ({ state, percent }) => told.push(percent === null ? state : `${state} ${percent}`),
    beforeInstall: async () => void order.push('closed'),
    log: silentLog,
    now: () => '2026-11-01T00:00:00.000Z',
  })
  return { updates, updater, told, order, hears: () => listeners }
}

describe('newer versions', () => {
  it('are not looked for where the app cannot replace itself, and it says why', async () => {
    const { updates, updater } = open('It is updated by your package manager.')
    expect(await updates.check()).toMatchObject({ state: 'unsupported', detail: 'It is updated by your package manager.' })
    expect(updater.check).not.toHaveBeenCalled()
  })

  it('are found in the channel that was chosen, fetched, and then ready', async () => {
    const { updates, updater, told, hears } = open()
    vi.mocked(updater.check).mockImplementation(async () => {
      hears()?.available('2.0.0')
      hears()?.progress(41.6)
      hears()?.ready('2.0.0')
    })
    expect(await updates.check()).toMatchObject({ state: 'ready', version: '2.0.0', checked_at: '2026-11-01T00:00:00.000Z' })
    expect(told).toEqual(['checking', 'available', 'downloading 42', 'ready'])
    expect(updater.check).toHaveBeenCalledWith('beta')
  })

  it('are looked for again later when that failed', async () => {
    const { updates, updater, hears } = open()
    vi.mocked(updater.check).mockRejectedValueOnce(new Error('offline'))
    expect(await updates.check()).toMatchObject({ state: 'failed' })
    vi.mocked(updater.check).mockImplementation(async () => hears()?.none())
    expect(await updates.check()).toMatchObject({ state: 'none', detail: null })
  })

  it('are installed only when they are ready, after the gateway has closed', async () => {
    const { updates, updater, order, hears } = open()
    expect(() => updates.install()).toThrow('no newer version')
    vi.mocked(updater.check).mockImplementation(async () => hears()?.ready('2.0.0'))
    await updates.check()
    updates.install()
    await vi.waitFor(() => expect(order).toEqual(['closed', 'installed']))
  })
})
