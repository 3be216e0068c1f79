import { expect, it } from 'vitest'
import type { GatewayEvent } from '../../src/shared/events'
import { createEvents } from '../../src/main/gateway/events'

it('tells every listener of every event, in order, with its time', () => {
  const events = createEvents()
  const heard: GatewayEvent[] = []
  events.on((event) => heard.push(event))
  events.emit('groups.changed', { ids: ['g'] })
  events.emit('session.closed', { session_id: 's' })
  expect(heard.map((event) => [event.event, event.data])).toEqual([
    ['groups.changed', { ids: ['g'] }],
    ['session.closed', { session_id: 's' }],
  ])
  expect(new Date(heard[0]!.at).toISOString()).toBe(heard[0]!.at)
})

it('keeps the failure of a listener from the emitter and from the other listeners', async () => {
  const failures: unknown[] = []
  const events = createEvents((failure, event) => failures.push([event, String(failure)]))
  const heard: string[] = []
  events.on(() => {
    throw new Error('thrown')
  })
  events.on(async () => {
    throw new Error('rejected')
  })
  events.on((event) => heard.push(event.event))
  events.emit('gateway.closing', {})
  await Promise.resolve()
  expect(heard).toEqual(['gateway.closing'])
  expect(failures).toEqual([
    ['gateway.closing', 'Error: thrown'],
    ['gateway.closing', 'Error: rejected'],
  ])
})

it('stops telling a listener that has left, each by itself, also while an event is told', () => {
  const events = createEvents()
  const heard: string[] = []
  const listener = (event: GatewayEvent) => heard.push(event.event)
  const first = events.on(listener)
  events.on(listener)
  first()
  first()
  events.emit('gateway.closing', {})
  expect(heard).toHaveLength(1)
  const leave = events.on(() => {
    leave()
    events.on(() => heard.push('late'))
  })
  events.emit('gateway.closing', {})
  expect(heard).not.toContain('late')
})
