import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { GatewayError } from '../../../shared/errors'
import type { GatewayEvent } from '../../../shared/events'
import type { AdminEnv } from '../plugin'

/** Published limits: streams at once; bytes that wait for one slow reader before it is dropped; milliseconds between keep-alive comments. */
export const eventLimits = { streams: 32, bufferedBytes: 1_048_576, keepAliveMs: 15_000 } as const

/** The same limits, or smaller ones for a test. */
type Limits = { readonly [Limit in keyof typeof eventLimits]: number }

/** What the stream needs of the gateway. */
export interface EventSource {
  onEvent(listener: (event: GatewayEvent) => void): () => void
}

const events = createRoute({
  tags: ['gateway'],
  method: 'get',
  path: '/',
  summary: 'Follow what happens',
  description:
    'Server-sent events: `event` is the name, `data` the JSON of `{event, at, data}`, `id` counts the events of this stream. A reader that falls 1 MiB behind is cut off; connect again and read the present state.',
  responses: { 200: { description: 'A stream that does not end by itself', content: { 'text/event-stream': { schema: z.string() } } } },
})

/** `/events`: every event of the gateway, as it happens. */
export function eventRoutes(source: EventSource, limits: Limits = eventLimits) {
  let open = 0
  return new OpenAPIHono<AdminEnv>().openapi(events, (c) => {
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' }
    if (c.req.method === 'HEAD') return c.body(null, 200, headers)
    if (open >= limits.streams)
      throw new GatewayError('limit.sessions', `There are ${limits.streams} event streams already; close one first.`)
    open += 1
    return c.body(
      streamOf(source, limits, () => (open -= 1)),
      200,
      headers,
    )
  })
}

const encoder = new TextEncoder()

function streamOf(source: EventSource, limits: Limits, onEnd: () => void): ReadableStream<Uint8Array> {
  let end: (() => void) | undefined
  /** Once: by the reader, by the gateway's closing, or because the reader is too slow. */
  const stop = () => {
    end?.()
    end = undefined
  }
  const start = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    let count = 0
    /** @returns whether the stream goes on */
    const write = (text: string): boolean => {
      controller.enqueue(encoder.encode(text))
      if ((controller.desiredSize ?? 0) > 0) return true
      stop()
      controller.error(new Error('The reader of the event stream fell too far behind.'))
      return false
    }
    const keepAlive = setInterval(() => write(': keep-alive\n\n'), limits.keepAliveMs)
    keepAlive.unref()
    const unsubscribe = source.onEvent((event) => {
      if (!end) return
      count += 1
      const goesOn = write(`id: ${count}\nevent: ${event.event}\ndata: ${JSON.stringify(event)}\n\n`)
      if (!goesOn || event.event !== 'gateway.closing') return
      stop()
      controller.close()
    })
    end = () => {
      clearInterval(keepAlive)
      unsubscribe()
      onEnd()
    }
    // At once, so that whoever opened the stream knows that it stands.
    write('retry: 2000\n: connected\n\n')
  }
  return new ReadableStream({ start, cancel: stop }, new ByteLengthQueuingStrategy({ highWaterMark: limits.bufferedBytes }))
}
