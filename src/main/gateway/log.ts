import { GatewayError } from '../../shared/errors'
import { redact, redactText } from '../../shared/redact'

/** Severity, as in `--log-level`; `silent` writes nothing. */
export const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const
/** One of `levels`. */
export type Level = (typeof levels)[number]

/** Structured logging: a sentence and its facts. Facts are redacted by the sink, see `createLog`. */
export interface Log {
  debug(message: string, facts?: Record<string, unknown>): void
  info(message: string, facts?: Record<string, unknown>): void
  warn(message: string, facts?: Record<string, unknown>): void
  error(message: string, facts?: Record<string, unknown>): void
}

/** How and where to write; `write` gets one whole line with its line feed. */
export interface LogOptions {
  readonly level: Level
  readonly format: 'text' | 'json'
  write(line: string): void
  /** Default: the clock. */
  now?(): Date
}

type Facts = Readonly<Record<string, unknown>>

/** UTF-16 units of the longest line; the rest is cut. */
export const longestLine = 16_384
const longestStack = 2000
const longestCauses = 4

/**
 * One line for each message: time, level, message, facts. Secrets are taken out of message and facts, and nothing that a fact
 * holds can begin a new line, move the cursor or turn the reading direction. Never throws.
 */
export function createLog(options: LogOptions): Log {
  const least = levels.indexOf(options.level)
  const at = (level: Level) => (message: string, facts?: Facts) => {
    if (levels.indexOf(level) >= least) writeLine(options, level, message, facts ?? {})
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

const nothing = (): void => undefined
/** Writes nothing: the default of a gateway inside another program. */
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing }

function writeLine(options: LogOptions, level: Level, message: string, facts: Facts): void {
  const time = (options.now?.() ?? new Date()).toISOString()
  const format = options.format === 'json' ? jsonLine : textLine
  try {
    options.write(`${oneLine(format(time, level, redactText(message), readableFacts(facts)))}\n`)
  } catch {
    // A terminal that is gone must not end the work that was only being told of.
  }
}

/** A getter that throws costs the facts, not the message. */
function readableFacts(facts: Facts): Facts {
  try {
    return plainFacts(facts)
  } catch {
    return { facts: 'unreadable' }
  }
}

function jsonLine(time: string, level: Level, message: string, facts: Facts): string {
  const renamed = Object.entries(facts).map(([key, value]) => [reserved.has(key) ? `_${key}` : key, value])
  const line = JSON.stringify({ time, level, message, ...Object.fromEntries(renamed) })
  return line.length <= longestLine
    ? line
    : JSON.stringify({ time, level, message: message.slice(0, 1000), cut: line.slice(0, longestLine / 4) })
}

const reserved: ReadonlySet<string> = new Set(['time', 'level', 'message'])

function textLine(time: string, level: Level, message: string, facts: Facts): string {
  const told = Object.entries(facts).map(([key, value]) => ` ${key}=${textValue(value)}`)
  const line = `${time} ${level.toUpperCase().padEnd(5)} ${message}${told.join('')}`
  return line.length <= longestLine ? line : `${line.slice(0, longestLine)}…`
}

const textValue = (value: unknown) => (typeof value === 'string' && /^[\w.:/@+-]+$/.test(value) ? value : (JSON.stringify(value) ?? 'null'))

function plainFacts(facts: Facts): Facts {
  const plain = Object.entries(facts).map(([key, value]) => [key, value instanceof Error ? errorFacts(value, longestCauses) : value])
  return redact(Object.fromEntries(plain)) as Facts
}

/** What an error says, with its code and causes; the stack only of errors that nobody foresaw. */
function errorFacts(error: Error, causes: number): Facts {
  const { code } = error as { code?: unknown }
  const unforeseen = !(error instanceof GatewayError) && causes === longestCauses
  return {
    message: error.message,
    ...(code === undefined ? {} : { code }),
    ...(unforeseen && error.stack ? { stack: error.stack.slice(0, longestStack) } : {}),
    ...(error.cause === undefined || causes === 0
      ? {}
      : { cause: error.cause instanceof Error ? errorFacts(error.cause, causes - 1) : error.cause }),
  }
}

/** Controls, line separators, bidi and invisible code points, as JSON would escape them. */
const unprintable = /[\p{Cc}\p{Cf}\u2028\u2029]/gu
const oneLine = (text: string) => text.replace(unprintable, (sign) => [...sign].map((point) => escapePoint(point)).join(''))

function escapePoint(point: string): string {
  let escaped = ''
  for (let i = 0; i < point.length; i++) escaped += `\\u${point.charCodeAt(i).toString(16).padStart(4, '0')}`
  return escaped
}

/** Lines that are kept for diagnostics. */
export const mostLines = 200

/** The same log, and its newest lines from `info` on: for whoever was not there when they were written. */
export function keepLines(log: Log): { readonly log: Log; lines(): readonly string[] } {
  const lines: string[] = []
  const write = (line: string) => {
    lines.push(line.trimEnd())
    if (lines.length > mostLines) lines.shift()
  }
  const own = createLog({ level: 'info', format: 'text', write })
  const both = (level: 'info' | 'warn' | 'error') => (message: string, facts?: Facts) => {
    log[level](message, facts)
    own[level](message, facts)
  }
  return {
    log: { debug: (message, facts) => log.debug(message, facts), info: both('info'), warn: both('warn'), error: both('error') },
    lines: () => [...lines],
  }
}
