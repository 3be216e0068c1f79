import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { isUtf8 } from 'node:buffer'
import type { Readable } from 'node:stream'
import { GatewayError } from '../../../shared/errors'
import { endTree, spawnChild } from './child'
import { FloodGate, cut } from './flood'
import { LineReader } from './line-reader'
import type { Handshake, Link, LinkEvents, OpenLink, Target } from './link'
import { RpcLink, type Wire } from './rpc-link'

/** Bytes of one message of a child; a longer line is skipped. */
export const longestLine = 32 * 1024 * 1024
/** Bytes of one line of stderr that are kept. */
const longestErrorLine = 4 * 1024
/** Lines of stderr that are told when a child ends. */
const lastWords = 3
/** Bytes that may wait for a child that does not read its input. */
export const mostUnread = 64 * 1024 * 1024
/** Milliseconds after the child's exit in which what it wrote before is still read. */
const lingerMs = 200
/** Shorter values of the environment are too likely to be plain words to be masked. */
const shortestSecret = 8

/** stdio (MCP "Transports"): a child of ours, newline-delimited JSON-RPC, spawned without a shell in a process group of its own. */
export const openStdioLink: OpenLink = async (target, handshake, events, signal) => {
  if (signal.aborted) throw new GatewayError('call.cancelled', 'The connection was given up.')
  const child = await spawnChild(target)
  return new StdioChild(target, child, events).open(handshake, signal)
}

class StdioChild implements Wire {
  private readonly gate = new FloodGate()
  private readonly complaints = new FloodGate()
  private readonly link: RpcLink
  private readonly words: string[] = []
  private ending: Promise<void> | undefined

  constructor(
    private readonly target: Target,
    private readonly child: ChildProcessWithoutNullStreams,
    events: LinkEvents,
  ) {
    this.link = new RpcLink(target.name, this, events, this.gate)
  }

  async open(handshake: Handshake, signal: AbortSignal): Promise<Link> {
    this.listen()
    await this.link.greet(handshake, this.target.handshakeTimeoutMs, signal)
    return this.link
  }

  send(text: string): Promise<void> {
    const { stdin } = this.child
    if (stdin.writableLength > mostUnread) {
      return Promise.reject(new GatewayError('upstream.refused', `${this.target.name} does not read its input; restart it.`))
    }
    return new Promise((resolve, reject) => {
      stdin.write(`${text}\n`, (error) => (error ? reject(this.gone(error)) : resolve()))
    })
  }

  end(): Promise<void> {
    this.ending ??= endTree(this.child)
    return this.ending
  }

  private listen(): void {
    const { stdin, stdout, stderr } = this.child
    // A pipe that broke is told by the write that failed and by the child's exit.
    for (const pipe of [stdin, stdout, stderr]) pipe.on('error', () => undefined)
    const lines = new LineReader(longestLine, {
      onLine: (line) => this.link.receive(isUtf8(line) ? line : Buffer.from(line.toString())),
      onTooLong: (beginning) => this.link.skipped(beginning.toString('utf8', 0, 200), longestLine),
    })
    readGently(stdout, lines, this.gate)
    const complaints = new LineReader(longestErrorLine, {
      onLine: (line) => this.complained(line),
      onTooLong: (line) => this.complained(line),
    })
    readGently(stderr, complaints, this.complaints)
    this.watchEnd()
  }

  private watchEnd(): void {
    const { child } = this
    child.once('exit', () => {
      // A grandchild may hold the pipes open for ever, so `close` is not waited for alone.
      const timer = setTimeout(() => this.died(), lingerMs)
      child.once('close', () => (clearTimeout(timer), this.died()))
    })
    child.stdout.once('end', () => setTimeout(() => this.died(), lingerMs))
  }

  private died(): void {
    this.link.lost(this.gone())
    void this.end()
  }

  private gone(cause?: unknown): GatewayError {
    const { exitCode, signalCode } = this.child
    const how = signalCode !== null ? `was ended by ${signalCode}` : exitCode !== null ? `exited with code ${exitCode}` : 'closed its pipes'
    const words = this.words.length > 0 ? `; it said: ${this.words.join(' | ')}` : ''
    return new GatewayError('upstream.closed', `The process of ${this.target.name} ${how}${words}`, { cause })
  }

  private complained(line: Buffer): void {
    this.complaints.count()
    const text = this.mask(line.toString())
    this.words.push(cut(text, 300))
    if (this.words.length > lastWords) this.words.shift()
    this.link.note(`stderr: ${text}`)
  }

  /** Servers like to print their settings; what we handed them in confidence is not repeated. */
  private mask(text: string): string {
    const lines = Object.values(this.target.env).flatMap((value) => value.split(/\r?\n/).map((line) => line.trim()))
    return lines.reduce((masked, line) => (line.length < shortestSecret ? masked : masked.replaceAll(line, '***')), text)
  }
}

/** Reads a pipe into lines and lets it wait while its gate is full. */
function readGently(pipe: Readable, lines: LineReader, gate: FloodGate): void {
  pipe.on('data', (chunk: Buffer) => {
    lines.push(chunk)
    const pauseMs = gate.pauseMs()
    if (pauseMs === 0) return
    pipe.pause()
    setTimeout(() => pipe.resume(), pauseMs)
  })
  pipe.on('end', () => lines.flush())
}
