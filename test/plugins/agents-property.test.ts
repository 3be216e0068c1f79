import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { AgentId } from '../../src/shared/agents'
import { configEntries } from '../../src/shared/connect-snippets'
import { createBackups } from '../../src/main/plugins/agents/backups'
import { createConnections } from '../../src/main/plugins/agents/connect'
import { parseJsonText } from '../../src/main/plugins/agents/json-text'
import { agentPlaces } from '../../src/main/plugins/agents/places'
import { parseTomlText } from '../../src/main/plugins/agents/toml-text'
import { endpoint, entry } from '../support/agent-rig'

const folder = mkdtempSync(join(tmpdir(), 'fast-gateway-property-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const machine = { home: join(folder, 'home'), platform: 'linux', env: {} } as const
const connections = createConnections({ machine, backups: createBackups(join(folder, 'backups')), endpoint: () => endpoint })

/** Every space, line and comment that may stand between two signs. */
const blank = (comment: fc.Arbitrary<string>, eol: string) =>
  fc.array(fc.oneof(fc.constantFrom(' ', '  ', '\t', eol), comment), { maxLength: 3 }).map((parts) => parts.join(''))

const words = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('__proto__', 'constructor', 'a"b', 'x // y', '/* z */', '\u202e', 'fast-gateway-2', '#', ']', '}', ',', '='),
)

/** Distinct, and none of ours. */
const keys = (most: number) =>
  fc.uniqueArray(
    words.filter((word) => !['mcpServers', 'fast-gateway'].includes(word)),
    { maxLength: most },
  )

/** A JSONC document: anything anywhere, in one of two line endings, with or without a byte order mark. */
const jsonc = fc.constantFrom('\n', '\r\n').chain((eol) => {
  const space = blank(fc.oneof(fc.constant(`// it's "so" {,${eol}`), fc.constant(`/* , } ${eol} ] */`)), eol)
  const value = fc.letrec<{ value: string; object: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('null', 'true', '-7', '1.50e+3', '12345678901234567890'),
      words.map((word) => JSON.stringify(word)),
      fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      tie('object'),
    ),
    object: object(keys(3), tie('value')),
  })).value
  function object(names: fc.Arbitrary<string[]>, values: fc.Arbitrary<string>): fc.Arbitrary<string> {
    return names.chain((all) =>
      fc
        .tuple(
          fc.array(fc.tuple(space, space, values, space, space), { minLength: all.length, maxLength: all.length }),
          space,
          fc.boolean(),
        )
        .map(([parts, end, hasTrailing]) => {
          const pairs = all.map((name, i) => {
            const [a = '', b = '', written = '', c = '', d = ''] = parts[i] ?? []
            return `${a}${JSON.stringify(name)}${b}:${c}${written}${d}`
          })
          return `{${pairs.join(',')}${hasTrailing && pairs.length > 0 ? ',' : ''}${end}}`
        }),
    )
  }
  const servers = object(keys(4), object(keys(2), value))
  const root = fc
    .tuple(keys(3), fc.option(servers), fc.nat(3))
    .chain(([names, section, at]) =>
      section === null
        ? object(fc.constant(names), value)
        : fc
            .tuple(object(fc.constant(names), value), space, space)
            .map(([rest, a, b]) => withSection(rest, `${a}"mcpServers"${b}:${section}`, at)),
    )
  return fc.tuple(fc.constantFrom('', '\uFEFF'), space, root, space).map((parts) => parts.join(''))
})

/** As the first property. */
const withSection = (object: string, property: string, at: number): string => {
  const isEmpty = Object.keys(parseJsonText(object) as object).length === 0
  return isEmpty ? `{${property}${at === 0 ? ',' : ''}}` : `{${property},${object.slice(1)}`
}

const tomlKey = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9_-]{0,6}$/),
  words.map((word) => JSON.stringify(word).replaceAll('\u007f', '\\u007f')),
)
const tomlValue = fc.constantFrom(
  '1',
  '"a # b"',
  "'c:\\d'",
  '"""\nline [x]\n"quoted" = 1\n"""',
  "'''\n[mcp_servers.no]\n'''",
  '[1, 2, # three\n  3,\n]',
  '{ a = "}", b = [ 1 ] }',
  '1979-05-27T07:32:00Z',
  'inf',
  '9007199254740993',
)
const tomlName = (key: string) => (key.startsWith('"') ? (JSON.parse(key) as string) : key)

/** A TOML document: comments everywhere, tables of servers anywhere, also in several pieces. */
const toml = fc
  .record({
    eol: fc.constantFrom('\n', '\r\n'),
    mark: fc.constantFrom('', '\uFEFF'),
    top: fc.uniqueArray(fc.tuple(tomlKey, tomlValue), { maxLength: 3, selector: ([key]) => tomlName(key) }),
    tables: fc.uniqueArray(fc.tuple(fc.constantFrom('', 'mcp_servers.'), tomlKey, fc.boolean(), tomlValue), {
      maxLength: 5,
      selector: ([, key]) => tomlName(key),
    }),
    gap: fc.constantFrom('', '\n', '  # said\n', '\n\n'),
    end: fc.constantFrom('', '\n', '\n\n', ' # end'),
  })
  .map(({ eol, mark, top, tables, gap, end }) => {
    const pairs = top
      .filter(([key]) => tomlName(key) !== 'mcp_servers')
      .map(([key, value]) => `${key} = ${value}${gap === '' ? '' : ' # x'}\n`)
    const taken = new Set(top.map(([key]) => tomlName(key)))
    const blocks = tables
      .filter(([section, key]) => !['fast-gateway', 'mcp_servers'].includes(tomlName(key)) && (section !== '' || !taken.has(tomlName(key))))
      .map(([section, key, isSplit, value]) => {
        const path = `${section}${key}`
        return `[${path}]\nx = ${value}\n${gap}${isSplit ? `[ ${path} . env ]\ny.z = ${value}\n` : ''}`
      })
    return mark + ([...pairs, gap, ...blocks].join('').trimEnd() + end).replaceAll('\n', eol)
  })

describe.each([
  ['claude-code', 'mcpServers', jsonc, parseJsonText],
  ['codex', 'mcp_servers', toml, parseTomlText],
] as const)('any config of %s', (id: AgentId, section, documents, parseText) => {
  const file = agentPlaces(machine).find((place) => place.id === id)?.file ?? ''
  const parse = (text: string) => parseText(text.replace(/^\uFEFF/, '')) as Record<string, object | undefined>
  const put = (text: string) => {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  const text = () => readFileSync(file, 'utf8')
  const wanted = configEntries[id]({ ...entry, open: false })

  it('keeps every sign and says the same besides our entry, and is the same bytes when the write is undone', () => {
    fc.assert(
      fc.property(documents, (document) => {
        put(document)
        connections.write(id, { ...entry, remove: [] })
        const now = parse(text())
        expect(now[section]).toEqual({ ...parse(document)[section], 'fast-gateway': wanted })
        expect({ ...now, [section]: null }).toEqual({ ...parse(document), [section]: null })
        expect(isWithin(document, text())).toBe(true)
        connections.undo(id, 'file')
        expect(text()).toBe(document)
      }),
      { numRuns: 60 },
    )
  })

  it('says the same again when our entry is taken out and what was removed is put back, whatever else was written since', () => {
    fc.assert(
      fc.property(documents, fc.nat(3), (document, at) => {
        put(document)
        const before = parse(document)
        const gone = Object.keys(before[section] ?? {}).slice(at, at + 1)
        connections.write(id, { ...entry, remove: gone })
        put(`${text().trimEnd()}\n`)
        connections.undo(id, 'entry')
        const after = parse(text())
        expect({ ...after, [section]: { ...after[section] } }).toEqual({ ...before, [section]: { ...before[section] } })
      }),
      { numRuns: 60 },
    )
  })
})

/** Whether every sign of `part` stands in `whole`, in its order; only the blanks of an empty object may go. */
function isWithin(part: string, whole: string): boolean {
  const signs = part.replace(/[ \t\r\n]+/g, '')
  let at = 0
  for (let i = 0; i < whole.length && at < signs.length; i++) if (whole[i] === signs[at]) at++
  return at === signs.length
}
