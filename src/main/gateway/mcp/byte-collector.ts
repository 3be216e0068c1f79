const nothing = Buffer.alloc(0)
/** Pieces below this many bytes are copied together, so that an object for each of them does not outweigh them. */
const smallPiece = 4 * 1024
const tailBytes = 16 * 1024

/** Joins pieces of bytes in linear time, however small they come: a single one is not copied, many are at most twice. */
export class ByteCollector {
  private pieces: Buffer[] = []
  private tail: Buffer = nothing
  private tailUsed = 0
  private used = 0

  get length(): number {
    return this.used
  }

  append(piece: Buffer): void {
    if (piece.length === 0) return
    if (this.used > 0 && piece.length < smallPiece) this.copy(piece)
    else {
      this.seal()
      this.pieces.push(piece)
    }
    this.used += piece.length
  }

  /** Everything so far; afterwards the collector is empty. */
  take(): Buffer {
    if (this.used === 0) return nothing
    this.seal()
    const [only] = this.pieces
    const taken = this.pieces.length === 1 && only ? only : Buffer.concat(this.pieces, this.used)
    this.pieces = []
    this.used = 0
    return taken
  }

  private copy(piece: Buffer): void {
    if (this.tailUsed + piece.length > this.tail.length) {
      this.seal()
      this.tail = Buffer.allocUnsafeSlow(tailBytes)
    }
    this.tailUsed += piece.copy(this.tail, this.tailUsed)
  }

  /** What was copied becomes a piece; the rest of its memory is used on. */
  private seal(): void {
    if (this.tailUsed === 0) return
    this.pieces.push(this.tail.subarray(0, this.tailUsed))
    this.tail = this.tail.subarray(this.tailUsed)
    this.tailUsed = 0
  }
}
