import { GatewayError } from '../../../shared/errors'
import { ByteCollector } from './byte-collector'

/*
 * Server-sent events (WHATWG HTML, "Parsing an event stream"), read and written on bytes, so that a character may be cut anywhere.
 */

/** One block of the stream: what its fields said. Blocks that only keep the connection alive are none. */
export interface SseEvent {
  /** The type, `message` when none was named. */
  readonly event: string
  /** UTF-8; empty in a block that only sets `id` or `retry`. */
  readonly data: Buffer
  readonly id: string | undefined
  /** Milliseconds to wait before coming back. */
  readonly retry: number | undefined
}

export interface SseLimits {
  /** Bytes of one event. */
  readonly maxEventBytes: number
}
/** Bytes that one event may have unless said otherwise. */
export const largestEvent = 64 * 1024 * 1024

export interface SseReader {
  /** The events that this chunk completes. @throws GatewayError `upstream.garbage` for an event beyond the limit */
  push(chunk: Buffer | string): readonly SseEvent[]
  /** True while an event has begun and not ended. */
  readonly isInEvent: boolean
}

/** Reads one stream in linear time however its chunks are cut, holding at most one unfinished event. */
export const createSseReader = (limits: SseLimits = { maxEventBytes: largestEvent }): SseReader => new Reader(limits.maxEventBytes)

const lineFeed = 0x0a
const carriageReturn = 0x0d
const space = 0x20
const colon = 0x3a
const longestName = 5
const nothing = Buffer.alloc(0)
const byteOrderMark = Buffer.from('\uFEFF')
const newLine = Buffer.from('\n')

class Reader implements SseReader {
  /** The beginning of a line whose end has not come yet. */
  private readonly partial = new ByteCollector()
  private readonly data = new ByteCollector()
  private hasData = false
  private event = ''
  private id: string | undefined
  private retry: number | undefined
  private isFirstLine = true
  private afterReturn = false

  constructor(private readonly maxEventBytes: number) {}

  get isInEvent(): boolean {
    return this.hasData || this.partial.length > 0
  }

  push(chunk: Buffer | string): readonly SseEvent[] {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    const events: SseEvent[] = []
    if (bytes.length === 0) return events
    let start = this.afterReturn && bytes[0] === lineFeed ? 1 : 0
    this.afterReturn = false
    const ends = new LineEnds(bytes)
    for (let end = ends.next(start); end !== -1; end = ends.next(start)) {
      this.line(bytes, start, end, events)
      start = end + 1
      if (bytes[end] !== carriageReturn) continue
      if (start === bytes.length) this.afterReturn = true
      else if (bytes[start] === lineFeed) start++
    }
    if (start < bytes.length) this.hold(bytes.subarray(start))
    return events
  }

  private hold(piece: Buffer): void {
    this.require(piece.length)
    this.partial.append(piece)
  }

  private require(more: number): void {
    if (this.partial.length + this.data.length + more > this.maxEventBytes) {
      throw new GatewayError('upstream.garbage', `An event of the stream has more than ${this.maxEventBytes} bytes.`)
    }
  }

  private line(bytes: Buffer, start: number, end: number, events: SseEvent[]): void {
    if (this.partial.length > 0 || this.isFirstLine) return this.joinedLine(bytes.subarray(start, end), events)
    this.field(bytes, start, end, events)
  }

  private joinedLine(rest: Buffer, events: SseEvent[]): void {
    this.hold(rest)
    const line = this.partial.take()
    const mark = this.isFirstLine && line.subarray(0, 3).equals(byteOrderMark) ? 3 : 0
    this.isFirstLine = false
    this.field(line, mark, line.length, events)
  }

  private field(bytes: Buffer, start: number, end: number, events: SseEvent[]): void {
    if (start === end) return this.dispatch(events)
    const nameEnd = endOfName(bytes, start, end)
    if (nameEnd === start) return // a comment
    const after = Math.min(nameEnd + 1, end)
    const valueStart = after < end && bytes[after] === space ? after + 1 : after
    this.set(bytes.toString('latin1', start, nameEnd), bytes.subarray(valueStart, end))
  }

  private set(name: string, value: Buffer): void {
    if (name === 'data') this.addData(value)
    else if (name === 'event') this.event = value.toString()
    else if (name === 'id' && !value.includes(0)) this.id = value.toString()
    else if (name === 'retry' && /^\d{1,9}$/.test(value.toString('latin1', 0, 10))) this.retry = Number(value.toString())
  }

  private addData(value: Buffer): void {
    this.require(value.length + 1)
    if (this.hasData) this.data.append(newLine)
    this.data.append(value)
    this.hasData = true
  }

  private dispatch(events: SseEvent[]): void {
    if (!this.hasData && this.id === undefined && this.retry === undefined) {
      this.event = ''
      return
    }
    events.push({
      event: this.event === '' ? 'message' : this.event,
      data: this.hasData ? this.data.take() : nothing,
      id: this.id,
      retry: this.retry,
    })
    this.hasData = false
    this.event = ''
    this.id = undefined
    this.retry = undefined
  }
}

/** The colon, or the end of the line; the names that mean something are short, so nothing is searched further than that. */
function endOfName(bytes: Buffer, start: number, end: number): number {
  const far = Math.min(end, start + longestName + 1)
  let at = start
  while (at < far && bytes[at] !== colon) at++
  return at
}

/** The line ends of one chunk, each kind looked for once: LF, CR, and CR LF, whose LF the reader skips. */
class LineEnds {
  private feed = -2
  private ret = -2

  constructor(private readonly bytes: Buffer) {}

  next(start: number): number {
    if (this.feed !== -1 && this.feed < start) this.feed = this.bytes.indexOf(lineFeed, start)
    if (this.ret !== -1 && this.ret < start) this.ret = this.bytes.indexOf(carriageReturn, start)
    if (this.feed === -1) return this.ret
    return this.ret === -1 || this.feed < this.ret ? this.feed : this.ret
  }
}

/** One event to write. */
export interface SseDraft {
  readonly event?: string
  readonly data: string
  readonly id?: string
  readonly retry?: number
}

/** An event as it goes over the wire; every line of the data stands behind a `data:` of its own. */
export const writeSse = ({ data, ...fields }: SseDraft): string => `${headOf(fields)}data: ${inLines(data)}\n\n`

const inLines = (data: string) => (/[\r\n]/.test(data) ? data.replace(/\r\n|\r|\n/g, '\ndata: ') : data)

function headOf({ event, id, retry }: Omit<SseDraft, 'data'>): string {
  const named = event === undefined ? '' : `event: ${oneLine(event)}\n`
  const identified = id === undefined ? '' : `id: ${oneLine(id)}\n`
  return `${named}${identified}${retry === undefined ? '' : `retry: ${Math.round(retry)}\n`}`
}

const oneLine = (text: string) => text.replace(/[\r\n\0]/g, '')
