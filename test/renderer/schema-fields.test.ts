import { describe, expect, it } from 'vitest'
import { flawsOf } from '../../src/renderer/features/tools/check-arguments'
import { argumentsFrom, fieldsOf, flawOf, valuesFrom, type SchemaField } from '../../src/renderer/features/tools/schema-fields'

const schema = {
  type: 'object',
  properties: {
    owner: { type: 'string', description: 'Who has it' },
    milestone: { type: 'integer' },
    draft: { type: 'boolean', default: false },
    state: { enum: ['open', 'closed', 3] },
    labels: { type: 'array', items: { type: 'string' } },
    since: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    filter: { type: 'object', properties: { author: { type: 'string' }, any: {} }, required: ['author'] },
    raw: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  },
  required: ['owner', 'labels'],
}
const fields = fieldsOf(schema)
const field = (path: string): SchemaField => {
  const found = fields.find((each) => each.path.join('.') === path)
  if (!found) throw new Error(`no field ${path}`)
  return found
}

describe('the form of a tool', () => {
  it('has a control for each property, objects opened one level deep', () => {
    expect(fields.map(({ path, kind, required }) => [path.join('.'), kind, required])).toEqual([
      ['owner', 'text', true],
      ['milestone', 'integer', false],
      ['draft', 'boolean', false],
      ['state', 'choice', false],
      ['labels', 'list', true],
      ['since', 'text', false],
      ['filter.author', 'text', false],
      ['filter.any', 'json', false],
      ['raw', 'json', false],
    ])
  })

  it('begins with the defaults of the schema', () => {
    expect(field('draft').initial).toBe('false')
    expect(field('owner').initial).toBe('')
  })

  it.each([
    ['milestone', 'Q3', 'Must be a whole number, such as 3.'],
    ['milestone', '3', undefined],
    ['owner', '', 'It has to be given.'],
    ['since', '', undefined],
    ['raw', '{', 'Must be JSON, such as {"key": "value"} or [1, 2].'],
  ])('says of %s, filled with "%s": %s', (path, value, flaw) => {
    expect(flawOf(field(path), value)).toBe(flaw)
  })

  it('makes typed arguments, leaves out what is empty, and gives a required empty list', () => {
    const values = ['acme', '3', 'true', '2', [], '', 'me', '[1]', '']
    expect(argumentsFrom(fields, values)).toEqual({
      ...{ owner: 'acme', milestone: 3, draft: true, state: 3, labels: [] },
      filter: { author: 'me', any: [1] },
    })
  })

  it('shows earlier arguments again', () => {
    const args = { owner: 'acme', state: 'closed', labels: ['a', 'b'], filter: { author: 'me' }, raw: { x: 1 } }
    expect(argumentsFrom(fields, valuesFrom(fields, args))).toEqual(args)
  })

  it('takes a property called __proto__ as a name like any other', () => {
    const hostile = fieldsOf(JSON.parse('{"properties":{"__proto__":{"type":"string"}}}') as Record<string, unknown>)
    const args = argumentsFrom(hostile, ['x'])
    expect(Object.getOwnPropertyNames(args)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf({})).toBe(Object.prototype)
  })

  it('makes nothing of a schema that is none', () => {
    expect(fieldsOf({ properties: 'all' })).toEqual([])
    expect(fieldsOf({ properties: { a: null, b: 7 } }).map(({ kind }) => kind)).toEqual(['json', 'json'])
  })
})

describe('arguments against a schema', () => {
  it('are told what does not fit, by key', () => {
    expect(flawsOf({ owner: 5, labels: [] }, schema)).toEqual([{ key: 'owner', text: expect.stringContaining('string') as string }])
    expect(flawsOf({ owner: 'a', labels: [] }, schema)).toEqual([])
  })

  it('wait for no expression of a hostile schema', () => {
    const slow = {
      properties: { a: { type: 'string', pattern: '^(a+)+$' }, pattern: { type: 'string' } },
      patternProperties: { '(x+x+)+y': {} },
    }
    expect(flawsOf({ a: `${'a'.repeat(60)}!`, pattern: 4 }, slow).map(({ key }) => key)).toEqual(['pattern'])
  })

  it('fit a schema that refers to itself without end: its server has the last word', () => {
    expect(flawsOf({ a: 1 }, { $ref: '#' })).toEqual([])
  })
})
