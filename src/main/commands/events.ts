import type { IncomingMessage } from 'node:http'
import type { GatewayEvent } from '../../shared/events'

/** UTF-16 units of the longest event; a longer one ends the reading. */
const longestEvent = 16_777_216

/** The gateway's events out of a stream of server-sent events, one JSON object in each `data` line. */
export async function* readEvents(answer: IncomingMessage, onOpen?: () => Promise<void> | void): AsyncGenerator<GatewayEvent> {
  answer.setEncoding('utf8')
  await onOpen?.()
  let rest = ''
  try {
    for await (const chunk of answer as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line.startsWith('data: ')) yield JSON.parse(line.slice('data: '.length)) as GatewayEvent
      if (rest.length > longestEvent) return
    }
  } catch {
    // The gateway ended in the middle: whoever reads sees the end.
  } finally {
    answer.destroy()
  }
}
