import type { EventName, GatewayEvent, GatewayEvents } from '../../shared/events'

/** Hears every event, in the order in which they happen. What it throws, or rejects with, goes to `onFailure` and nowhere else. */
type EventListener = (event: GatewayEvent) => unknown

/** The one emitter of the gateway: SSE, the desktop's channel and embedders listen to it. */
export interface Events {
  /** Tells every listener at once, before it returns. Costs one comparison when nobody listens. Never throws. */
  emit<Name extends EventName>(event: Name, data: GatewayEvents[Name]): void
  /** @returns the way to stop it */
  on(listener: EventListener): () => void
}

const ignore = () => undefined

/** @param onFailure hears what a listener threw, for the log; must not throw itself */
export function createEvents(onFailure: (failure: unknown, event: EventName) => void = ignore): Events {
  // Replaced, never changed: who joins or leaves while an event is told does not disturb the telling.
  let listeners: readonly EventListener[] = []
  const tell = (listener: EventListener, event: GatewayEvent) => {
    try {
      const outcome = listener(event)
      if (outcome instanceof Promise) outcome.catch((failure: unknown) => onFailure(failure, event.event))
    } catch (failure) {
      onFailure(failure, event.event)
    }
  }
  return {
    emit(event, data) {
      if (listeners.length === 0) return
      const told = Object.freeze({ event, at: new Date().toISOString(), data }) as GatewayEvent
      for (const listener of listeners) tell(listener, told)
    },
    on(listener) {
      // A function of its own, so that a listener given twice is told twice and each stops by itself.
      const own: EventListener = (event) => listener(event)
      listeners = [...listeners, own]
      return () => {
        listeners = listeners.filter((each) => each !== own)
      }
    },
  }
}
