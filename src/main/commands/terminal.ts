import { createInterface } from 'node:readline/promises'
import { Failure } from './failure'
import { jsonText, styledError } from './text'

/** Options of everything that answers. */
export interface OutputOptions {
  readonly json?: boolean
}

/** The result of a command: JSON and nothing else with `--json`, words without. */
export function print(options: OutputOptions, data: unknown, words: () => string): void {
  const text = options.json ? jsonText(data, 2) : words()
  if (text !== '') process.stdout.write(`${text}\n`)
}

/** One line of JSON, for what has no end. */
export const printLine = (data: unknown): void => void process.stdout.write(`${jsonText(data)}\n`)

/** Beside the result: hints and progress, on standard error. */
export const tell = (text: string): void => {
  pause()
  process.stderr.write(`${text}\n`)
}

/** A hint of what to do next; not for programs. */
export const hint = (options: OutputOptions, text: string): void => {
  if (!options.json) tell(styledError('dim', text))
}

/** Whether a person can be asked. */
export const isInteractive = (): boolean => process.stdin.isTTY && process.stderr.isTTY

let endsWithReader = true
/** Goes on when nobody reads the output any more (`fast-gateway serve | head -4`). */
export const outliveReader = (): void => void (endsWithReader = false)

/** A reader that has had enough, as `head` has, is no failure; a full disk is one, except for what runs on without output. */
export function watchReaders(): void {
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (!endsWithReader) return
    if (code === 'EPIPE') process.exit()
    process.stderr.write(`${styledError('red', 'error:')} The output cannot be written: ${message}.\n`)
    process.exit(1)
  })
  // Nobody is there to be told.
  process.stderr.on('error', () => undefined)
}

/** A line typed by a person; null when they gave up (Ctrl-C, Ctrl-D) or `signal` ended the question. */
export async function ask(question: string, signal?: AbortSignal): Promise<string | null> {
  pause()
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true })
  const closed = new Promise<null>((resolve) => lines.once('close', () => resolve(null)))
  try {
    return await Promise.race([lines.question(question, signal ? { signal } : {}), closed])
  } catch {
    return null
  } finally {
    lines.close()
  }
}

/** Only a plain yes is one. */
export async function confirm(question: string): Promise<boolean> {
  const answer = await ask(`${question} [y/N] `)
  return answer !== null && /^y(es)?$/i.test(answer.trim())
}

const longestSecret = 4096

/** Typed without being shown, at most so many characters. @throws Failure when the person gives up */
export function askSecret(question: string, longest = longestSecret): Promise<string> {
  pause()
  const { stdin, stderr } = process
  // Before the question: whoever answers at once must not be echoed by the terminal.
  stdin.setRawMode(true)
  stderr.write(question)
  stdin.resume()
  return new Promise((resolve, reject) => {
    let typed = ''
    const end = (finish: () => void) => {
      stdin.off('data', hear)
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write('\n')
      finish()
    }
    const hear = (chunk: Buffer) => {
      for (const sign of chunk.toString('utf8')) {
        if (sign === '\r' || sign === '\n') return end(() => resolve(typed.trim()))
        if (sign === '\u0003' || sign === '\u0004') return end(() => reject(givenUp()))
        typed = sign === '\u007f' || sign === '\b' ? typed.slice(0, -1) : (typed + sign).slice(0, longest)
      }
    }
    stdin.on('data', hear)
  })
}

const givenUp = () => new Failure('Given up; nothing was changed.', 'cancelled')

/** Progress is shown for what takes longer. */
const patienceMs = 1000
const frameMs = 120
const frames = [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏']

let running: { readonly label: string; readonly started: number; readonly timer: NodeJS.Timeout; shown: boolean } | undefined

/** Shows, on a terminal and after a second, that and for how long something is under way. Within another it shows nothing of its own. */
export async function withProgress<T>(label: string, work: () => Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return work()
  if (running) return work()
  running = { label, started: Date.now(), timer: setInterval(showProgress, frameMs).unref(), shown: false }
  try {
    return await work()
  } finally {
    clearInterval(running.timer)
    pause()
    running = undefined
  }
}

function showProgress(): void {
  if (!running) return
  const ms = Date.now() - running.started
  if (ms < patienceMs) return
  running.shown = true
  process.stderr.write(`\r\u001b[K${frames[Math.floor(ms / frameMs) % frames.length] ?? ''} ${running.label} (${Math.floor(ms / 1000)} s)`)
}

/** Clears the line of progress, so that something else can be written. */
function pause(): void {
  if (!running?.shown) return
  process.stderr.write('\r\u001b[K')
  running.shown = false
}
