const nothing = Buffer.alloc(0)

/** Joins pieces of bytes in linear time and at most twice their memory, however small they come. A single piece is never copied. */
export class ByteCollector {
  private bytes: Buffer = nothing
  private used = 0

  get length(): number {
    return this.used
  }

  /** @param expected how many bytes there will be in all, if that is known: then they are copied only once */
  append(piece: Buffer, expected = 0): void {
    if (this.used === 0) {
      this.bytes = piece
      this.used = piece.length
      return
    }
    const needed = this.used + piece.length
    // The first piece belongs to somebody else and is full, so the second one always leads to a Buffer of our own.
    if (needed > this.bytes.length) this.grow(Math.max(needed, expected, 2 * this.used))
    piece.copy(this.bytes, this.used)
    this.used = needed
  }

  /** Everything so far; afterwards the collector is empty. */
  take(): Buffer {
    const taken = this.bytes.subarray(0, this.used)
    this.bytes = nothing
    this.used = 0
    return taken
  }

  private grow(size: number): void {
    const grown = Buffer.allocUnsafe(size)
    this.bytes.copy(grown, 0, 0, this.used)
    this.bytes = grown
  }
}
