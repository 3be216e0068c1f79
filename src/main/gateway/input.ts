import type { z } from 'zod'
import { GatewayError } from '../../shared/errors'
import { explainBriefly } from '../../shared/explain'

/** An `input.invalid` error whose message names the first flaw and whose `details` are the flaws, at most 20. */
export function invalidInput(issues: readonly z.core.$ZodIssue[]): GatewayError {
  const flaws = explainBriefly(issues)
  const first = flaws[0]
  const where = first && first.path !== '' ? ` at "${first.path.slice(0, 100)}"` : ''
  return new GatewayError('input.invalid', `The input is not valid${where}: ${first?.message ?? 'unknown reason'}.`, {
    details: flaws,
  })
}

/** What came in, as the schema gives it out. @throws GatewayError `input.invalid` that names every flaw */
export function checkInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const checked = schema.safeParse(input)
  if (!checked.success) throw invalidInput(checked.error.issues)
  return checked.data
}

/** Without the keys whose value is undefined: what a patch really says. */
export function present<Patch extends object>(patch: Patch): { [Key in keyof Patch]?: Exclude<Patch[Key], undefined> } {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Patch]?: Exclude<Patch[Key], undefined>
  }
}
