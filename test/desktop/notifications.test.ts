import { beforeEach, describe, expect, it } from 'vitest'
import { createNotifications, notificationLimits, type NativeNotification, type Notifications } from '../../src/main/desktop/notifications'
import { aChange, anApproval, anEvent } from '../support/desktop-facts'

interface Shown extends NativeNotification {
  closed: boolean
}

let shown: Shown[]
let opened: string[]
let decided: string[]
let settings: { enabled: boolean; watched: boolean; mayApprove: boolean; now: number }
let notifications: Notifications

beforeEach(() => {
  ;[shown, opened, decided] = [[], [], []]
  settings = { enabled: true, watched: false, mayApprove: false, now: 0 }
  notifications = createNotifications({
    show(notification) {
      const entry = { ...notification, closed: false }
      shown.push(entry)
      return { close: () => void (entry.closed = true) }
    },
    enabled: () => settings.enabled,
    isWatched: () => settings.watched,
    mayApprove: async () => settings.mayApprove,
    decide: (id, approve) => void decided.push(`${approve ? 'approve' : 'deny'} ${id}`),
    openApproval: (id) => void opened.push(id ?? 'the oldest'),
    openPage: (page) => void opened.push(page),
    now: () => settings.now,
  })
})

const closed = (id: string) => notifications.hear(anEvent('approval.closed', { approval: anApproval({ id }) }))
const open = () => shown.filter((each) => !each.closed)

describe('a call that waits', () => {
  it('is told at once, urgently, with who, what and where', async () => {
    await notifications.ask(anApproval())
    expect(shown).toMatchObject([{ title: 'A call waits for you', body: 'Claude Code wants to run delete_repo on github', urgent: true }])
  })

  it('is opened by a click, and where the system cannot show it', async () => {
    await notifications.ask(anApproval({ id: 'x' }))
    shown[0]?.click()
    shown[0]?.failed()
    expect(opened).toEqual(['x', 'x'])
  })

  it('can be reviewed and denied by buttons, and approved only where its rule says so', async () => {
    await notifications.ask(anApproval({ id: 'x' }))
    settings.mayApprove = true
    await notifications.ask(anApproval({ id: 'y' }))
    expect(shown.map(({ buttons }) => buttons.map(({ label }) => label))).toEqual([
      ['Review', 'Deny'],
      ['Review', 'Deny', 'Approve'],
    ])
    shown[0]?.buttons[1]?.press()
    shown[1]?.buttons[2]?.press()
    expect(decided).toEqual(['deny x', 'approve y'])
  })

  it('is taken away wherever it was decided', async () => {
    await notifications.ask(anApproval({ id: 'x' }))
    closed('x')
    expect(open()).toEqual([])
  })

  it('is not told any more when it was decided meanwhile', async () => {
    const asking = notifications.ask(anApproval({ id: 'x' }))
    closed('x')
    await asking
    expect(shown).toEqual([])
  })

  it('is not told to whom looks at it, or wants no notifications', async () => {
    settings.watched = true
    await notifications.ask(anApproval({ id: 'x' }))
    settings = { ...settings, watched: false, enabled: false }
    await notifications.ask(anApproval({ id: 'y' }))
    expect(shown).toEqual([])
  })
})

describe('many at once', () => {
  const askMany = async (count: number) => {
    for (let id = 0; id < count; id++) await notifications.ask(anApproval({ id: String(id) }))
  }

  it('are put together, and counted anew with each', async () => {
    await askMany(6)
    expect(open().map(({ body }) => body)).toEqual([
      ...Array<string>(notificationLimits.single).fill('Claude Code wants to run delete_repo on github'),
      '6 calls wait',
    ])
  })

  it('are taken away when the last that was only counted is decided', async () => {
    await askMany(5)
    for (const id of ['3', '4']) closed(id)
    expect(open()).toHaveLength(3)
  })

  it('does not begin with calls that came one after the other', async () => {
    for (let id = 0; id < 6; id++) {
      await notifications.ask(anApproval({ id: String(id) }))
      closed(String(id))
    }
    expect(shown.map(({ title }) => title)).toEqual(Array(6).fill('A call waits for you'))
  })

  it('is also what asks and withdraws without end, until it has been quiet', async () => {
    const askAndWithdraw = async (id: string) => {
      await notifications.ask(anApproval({ id }))
      closed(id)
    }
    for (let id = 0; id < 2 * notificationLimits.most; id++) await askAndWithdraw(String(id))
    expect(shown.filter(({ title }) => title === 'A call waits for you')).toHaveLength(notificationLimits.most)
    settings.now += notificationLimits.withinMs + 1
    await askAndWithdraw('later')
    expect(shown.at(-1)?.title).toBe('A call waits for you')
  })
})

describe('a change that another program asked for', () => {
  it('is told, opened by a click and taken away with its answer', () => {
    notifications.hear(anEvent('change.held', { change: aChange() }))
    expect(shown).toMatchObject([{ body: 'Add the server "files". Nothing happens before you confirm it.', urgent: true }])
    shown[0]?.click()
    expect(opened).toEqual(['/approvals'])
    notifications.hear(anEvent('change.closed', { id: 'change', outcome: 'rejected' }))
    expect(open()).toEqual([])
  })
})

describe('notifications that are switched off', () => {
  it('disappear', async () => {
    await notifications.ask(anApproval())
    notifications.clear()
    expect(open()).toEqual([])
  })
})
