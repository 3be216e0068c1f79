import { GatewayError } from '../../../shared/errors'

/** Why a config file or pasted text cannot be used; the words are shown to a person beside its name. */
export const unreadable = (why: string, cause?: unknown): GatewayError =>
  new GatewayError('agent.unreadable', why, cause === undefined ? {} : { cause })

/** `Line 14`, counted from 1. */
export function lineAt(text: string, offset: number): string {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return `Line ${line}`
}
