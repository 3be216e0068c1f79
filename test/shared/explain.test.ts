import { expect, it } from 'vitest'
import * as z from 'zod'
import { limitTold } from '../../src/shared/explain'

const told = (schema: z.ZodType, value: unknown) => schema.safeParse(value).error?.issues.map(limitTold)

it.each([
  ['a number', z.number().max(65_535), 70_000, 'must be at most 65535'],
  ['a number beside its end', z.number().positive(), 0, 'must be more than 0'],
  ['a text', z.string().max(3), 'four', 'must have at most 3 characters'],
  ['a text that is empty', z.string().min(1), '', 'must have at least 1 character'],
  ['a list', z.array(z.string()).max(1), ['a', 'b'], 'must have at most 1 entry'],
  ['several', z.array(z.string()).min(2), [], 'must have at least 2 entries'],
])('a limit is told in words: %s', (_what, schema, value, words) => {
  expect(told(schema, value)).toEqual([words])
})

it('words that a schema has for it are not replaced, and what is no limit has none', () => {
  expect(told(z.string().min(1, 'Give it a name.'), '')).toEqual([null])
  expect(told(z.string(), 1)).toEqual([null])
})
