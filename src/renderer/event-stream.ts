import type { GatewayEvent } from '../shared/events'

type Listener = (event: GatewayEvent) => void
/** Whether the events are there again. */
export type BreakListener = (isBack: boolean) => void

/** The gateway's events over HTTP. */
export interface EventStream {
  listen(listener: Listener): () => void
  /** Hears each time that events may have been missed: the stream has ended, or is there again. */
  onBreak(listener: BreakListener): () => void
  /** Opens now what would be opened again soon. */
  wake(): void
}

/** Milliseconds before a stream that ended is opened again. */
const reopenMs = 2000

/**
 * Server-sent events by `fetch`: an EventSource can send no token. One stream for all who listen, since a browser opens only a few
 * connections to one place; opened again for as long as somebody listens.
 */
export function eventStream(open: (signal: AbortSignal) => Promise<Response>): EventStream {
  const listeners = new Set<Listener>()
  const breaks = new Set<BreakListener>()
  const rest = pause(reopenMs)
  let running: AbortController | undefined
  let broken = false
  const turn = (isBroken: boolean) => {
    if (isBroken !== broken) breaks.forEach((hear) => hear(!isBroken))
    broken = isBroken
  }
  const run = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      const told = (event: GatewayEvent) => listeners.forEach((hear) => hear(event))
      await readEvents(open, signal, () => turn(false), told).catch(() => undefined) // tried again
      if (signal.aborted) return
      turn(true)
      await rest.take()
    }
  }
  const listen = (listener: Listener) => {
    listeners.add(listener)
    if (!running) void run((running = new AbortController()).signal)
    return () => {
      listeners.delete(listener)
      if (listeners.size > 0) return
      running?.abort()
      running = undefined
    }
  }
  const onBreak = (listener: BreakListener) => {
    breaks.add(listener)
    return () => void breaks.delete(listener)
  }
  return { listen, onBreak, wake: () => rest.end() }
}

/** A rest that can be ended early. */
function pause(ms: number): { take(): Promise<void>; end(): void } {
  let end = (): void => undefined
  return {
    take: () =>
      new Promise<void>((resolve) => {
        end = resolve
        setTimeout(resolve, ms)
      }),
    end: () => end(),
  }
}

async function readEvents(
  open: (signal: AbortSignal) => Promise<Response>,
  signal: AbortSignal,
  opened: () => void,
  tell: Listener,
): Promise<void> {
  const answer = await open(signal)
  if (!answer.ok || answer.body === null) return
  opened()
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const blocks = (rest + value).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) tellBlock(block, tell)
  }
}

function tellBlock(block: string, tell: Listener): void {
  const data = block.split('\n').find((line) => line.startsWith('data: '))
  if (data !== undefined) tell(JSON.parse(data.slice(6)) as GatewayEvent)
}
