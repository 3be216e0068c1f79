import type { GatewayEvent } from '../../shared/events'

/** Told so often in a second at most; of those between, only the newest. */
export const mostAuditEventsPerSecond = 20

/** Passes events on; those that come with every call no faster than a window can follow. */
export interface EventPace {
  hear(event: GatewayEvent): void
  close(): void
}

/** Calls may end by the hundreds in a second: what a window needs to know is that its list is old. */
export function createEventPace(send: (event: GatewayEvent) => void): EventPace {
  let newest: GatewayEvent | undefined
  let pause: NodeJS.Timeout | undefined
  const next = () => {
    pause = undefined
    if (newest) pass(newest)
  }
  const pass = (event: GatewayEvent) => {
    newest = undefined
    pause = setTimeout(next, 1000 / mostAuditEventsPerSecond)
    send(event)
  }
  return {
    hear(event) {
      if (event.event !== 'audit.appended') send(event)
      else if (pause) newest = event
      else pass(event)
    },
    close: () => clearTimeout(pause),
  }
}
