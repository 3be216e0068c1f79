const lineFeed = 10
const carriageReturn = 13

/** What a LineReader tells of. */
export interface LineEvents {
  /** One line without its end, empty lines left out. */
  onLine(line: Buffer): void
  /** A line was longer than the limit: its beginning is handed over, the rest is skipped as it comes. */
  onTooLong(beginning: Buffer): void
}

/** Cuts a byte stream into lines in linear time, holding at most one line of at most `longest` bytes. */
export class LineReader {
  private pieces: Buffer[] = []
  private held = 0
  private skipping = false

  constructor(
    private readonly longest: number,
    private readonly events: LineEvents,
  ) {}

  push(chunk: Buffer): void {
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      this.hold(chunk.subarray(start, end))
      this.flush()
      start = end + 1
    }
    if (start < chunk.length) this.hold(chunk.subarray(start))
  }

  /** The last line of a stream that ended without a line end. */
  flush(): void {
    const line = this.take()
    const wasSkipping = this.skipping
    this.skipping = false
    const text = line.at(-1) === carriageReturn ? line.subarray(0, -1) : line
    if (!wasSkipping && text.length > 0) this.events.onLine(text)
  }

  private hold(piece: Buffer): void {
    if (this.skipping || piece.length === 0) return
    this.pieces.push(piece)
    this.held += piece.length
    if (this.held <= this.longest) return
    this.skipping = true
    this.events.onTooLong(this.take().subarray(0, this.longest))
  }

  private take(): Buffer {
    const [only] = this.pieces
    const line = this.pieces.length === 1 && only ? only : Buffer.concat(this.pieces)
    this.pieces = []
    this.held = 0
    return line
  }
}
