import type { IncomingMessage } from 'node:http'
import type { GatewayEvent } from '../../shared/events'
import { parseExactly } from '../../shared/exact-json'

/** UTF-16 units of the longest event; a longer one ends the reading. */
const longestEvent = 16_777_216

/** The gateway's events out of a stream of server-sent events, one JSON object in each `data` line; ends when the stream does. */
export async function* readEvents(answer: IncomingMessage, onOpen?: () => Promise<void> | void): AsyncGenerator<GatewayEvent> {
  try {
    await onOpen?.()
    for await (const line of linesOf(answer)) if (line.startsWith(data)) yield parseExactly(line.slice(data.length)) as GatewayEvent
  } finally {
    answer.destroy()
  }
}

const data = 'data: '

async function* linesOf(answer: IncomingMessage): AsyncGenerator<string> {
  answer.setEncoding('utf8')
  let rest = ''
  try {
    for await (const chunk of answer as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
      if (rest.length > longestEvent) return
    }
  } catch {
    // The gateway was ended in the middle of it: whoever reads sees the end.
  }
}
