import { Script } from 'node:vm'
import { Validator, type Schema, type SchemaDraft } from '@cfworker/json-schema'
import { canonicalJson } from '../../../shared/canonical-json'
import { GatewayError } from '../../../shared/errors'
import { isExactNumber, parseExactly } from '../../../shared/exact-json'
import type { CatalogTool } from '../../../shared/records'
import type { Arguments, ToolCall } from '../../gateway/hooks'
import { approvalLimits } from './limits'

/**
 * What a person wants to run instead: a copy that nobody else holds, numbers with all their digits; undefined when it is what was asked.
 * @throws GatewayError `input.invalid` (no JSON, or against the tool's schema), `input.too_large`, `input.too_deep`
 */
export function editedArguments(call: ToolCall, wanted: Arguments): Arguments | undefined {
  requireJson(wanted)
  const text = JSON.stringify(wanted)
  if (text.length > approvalLimits.editedChars)
    throw new GatewayError('input.too_large', `The edited arguments are longer than ${approvalLimits.editedChars} characters.`)
  if (canonicalJson(wanted) === canonicalJson(call.arguments)) return undefined
  requireFit(call.definition, text)
  return parseExactly(text) as Arguments
}

/** What JSON cannot hold would run as something else than what was written. */
function requireJson(wanted: unknown): void {
  if (!isRecord(wanted)) throw new GatewayError('input.invalid', 'The edited arguments must be one JSON object.')
  requireJsonValue(wanted, approvalLimits.editedDepth)
}

function requireJsonValue(value: unknown, levels: number): void {
  if (isLeaf(value)) return
  if (!Array.isArray(value) && !isRecord(value))
    throw new GatewayError('input.invalid', 'The edited arguments hold something that JSON cannot, such as a number that is too large.')
  if (levels === 0)
    throw new GatewayError('input.too_deep', `Edited arguments may be nested ${approvalLimits.editedDepth} levels deep at most.`)
  for (const inner of Object.values(value)) requireJsonValue(inner, levels - 1)
}

const isLeaf = (value: unknown) =>
  value === null || typeof value === 'string' || typeof value === 'boolean' || isExactNumber(value) || Number.isFinite(value)

/** A plain object, as JSON makes them. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || isExactNumber(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** @throws GatewayError `input.invalid` when the arguments do not fit the schema, or the schema cannot be used */
function requireFit({ name, parameters }: CatalogTool, text: string): void {
  const flaws = flawsOf(name, JSON.stringify(parameters), text)
  if (flaws.length === 0) return
  const told = flaws.map(({ path, message }) => `${path}: ${message}`).join(' ')
  throw new GatewayError('input.invalid', `The edited arguments do not fit what ${name} takes: ${told}`, { details: flaws })
}

interface Flaw {
  /** JSON pointer into the arguments, after `#`. */
  readonly path: string
  readonly message: string
}

const mostFlaws = 5
const longestFlaw = 300

/** Both come as text: the library writes into the schema, and knows numbers only as JavaScript does. */
function flawsOf(tool: string, schema: string, text: string): Flaw[] {
  try {
    return withinTime(() => {
      const parsed = JSON.parse(schema) as Schema
      const { errors } = new Validator(parsed, draftOf(parsed.$schema)).validate(JSON.parse(text))
      return errors.slice(0, mostFlaws).map(({ instanceLocation, error }) => ({
        path: instanceLocation.slice(0, longestFlaw),
        message: error.slice(0, longestFlaw),
      }))
    })
  } catch (cause) {
    const tooLong = (cause as { readonly code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
    const why = tooLong ? `takes longer than ${approvalLimits.schemaCheckMs} ms to check` : 'cannot be used'
    throw new GatewayError(
      'input.invalid',
      `The edited arguments cannot be checked, since the schema that the server gives for ${tool} ${why}; approve the arguments as they are, or deny.`,
      { cause },
    )
  }
}

const checking = new Script('check()')

/** The schema is its server's: a pattern or a reference in it may go on for ever. Nothing of its own is run here but that. */
const withinTime = (check: () => Flaw[]): Flaw[] => checking.runInNewContext({ check }, { timeout: approvalLimits.schemaCheckMs }) as Flaw[]

function draftOf(dialect: unknown): SchemaDraft {
  const named = typeof dialect === 'string' ? /draft-0?([467])|2019-09/.exec(dialect) : null
  if (!named) return '2020-12'
  if (named[1] === undefined) return '2019-09'
  return named[1] === '4' ? '4' : '7'
}
