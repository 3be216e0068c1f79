import { readFile } from 'node:fs/promises'
import { parseExactly } from '../../shared/exact-json'
import type { CatalogTool } from '../../shared/records'
import { misuse } from './failure'

/** The arguments of a call: one JSON object, then `key=value` pairs over it. @throws Failure for what cannot be read */
export async function argumentsFrom(
  given: string | undefined,
  pairs: readonly string[],
  tool: CatalogTool,
): Promise<Record<string, unknown>> {
  const whole = given === undefined ? {} : await objectFrom(given)
  return Object.fromEntries([...Object.entries(whole), ...pairs.map((pair) => pairOf(pair, tool))])
}

/** One JSON object, with all digits of its numbers: as text, from `@FILE`, or with `-` from standard input. @throws Failure */
export const objectFrom = async (given: string): Promise<Record<string, unknown>> => objectIn(await textOf(given))

async function textOf(given: string): Promise<string> {
  if (given === '-') return readAll(process.stdin)
  if (!given.startsWith('@')) return given
  return readFile(given.slice(1), 'utf8').catch((error: Error) => Promise.reject(misuse(`The arguments cannot be read: ${error.message}.`)))
}

async function readAll(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

function objectIn(text: string): Record<string, unknown> {
  const value = parsed(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw misuse(`--args must be one JSON object, such as '{"message": "hello"}'.`)
  return value as Record<string, unknown>
}

function pairOf(pair: string, tool: CatalogTool): [string, unknown] {
  const at = pair.indexOf('=')
  if (at < 1) throw misuse(`"${pair}" must be key=value; or give all arguments as JSON with --args.`)
  const [key, text] = [pair.slice(0, at), pair.slice(at + 1)]
  if (wantsText(tool, key)) return [key, text]
  const value = parsed(text)
  return [key, value === undefined ? text : value]
}

/** Where the tool wants a string, `7` is the text "7". */
function wantsText({ parameters }: CatalogTool, key: string): boolean {
  const { properties } = parameters
  if (typeof properties !== 'object' || properties === null || !Object.hasOwn(properties, key)) return false
  const property = (properties as Record<string, unknown>)[key]
  return typeof property === 'object' && property !== null && (property as { type?: unknown }).type === 'string'
}

function parsed(text: string): unknown {
  try {
    return parseExactly(text)
  } catch {
    return undefined
  }
}
