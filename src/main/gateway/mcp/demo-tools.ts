import { setTimeout as delay } from 'node:timers/promises'
import type { Arguments, CallToolResult } from '../hooks'

/** Notes that the demo keeps, and characters of one. */
const mostNotes = 1_000
const longestNote = 10_000
const longestCountdown = 20
const countdownStepMs = 200

/** What a running demo tool may use. */
interface DemoCall {
  readonly arguments: Arguments
  readonly signal: AbortSignal
  progress(done: number, total: number, message: string): void
}

/** The demo's notes: in memory, shared by all its connections, gone when the gateway ends. */
export interface Notebook {
  readonly notes: Map<number, string>
  nextId: number
}

/** One tool of the demo: its definition as listed, and what it does. */
export interface DemoTool {
  readonly definition: { readonly name: string; readonly inputSchema: ObjectSchema; readonly [field: string]: unknown }
  run(call: DemoCall, notebook: Notebook): CallToolResult | Promise<CallToolResult>
}

interface Property {
  readonly type: 'string' | 'number' | 'integer'
  readonly description: string
  readonly [keyword: string]: unknown
}
export interface ObjectSchema {
  readonly type: 'object'
  readonly properties: Readonly<Record<string, Property>>
  readonly required?: readonly string[]
  readonly additionalProperties: false
}

/** Two notes to begin with, so that there is something to list and to delete. */
export const openNotebook = (): Notebook => ({
  notes: new Map([
    [1, 'Welcome to Fast Gateway. This note lives in the demo server.'],
    [2, 'Ask your agent to delete this note and see who is asked first.'],
  ]),
  nextId: 3,
})

const text = (value: string, structuredContent?: unknown): CallToolResult => ({
  content: [{ type: 'text', text: value }],
  ...(structuredContent === undefined ? {} : { structuredContent }),
})
/** A refusal that the model can read and correct itself by. */
export const failed = (message: string): CallToolResult => ({ ...text(message), isError: true })

const schema = (properties: ObjectSchema['properties'], required: readonly string[] = Object.keys(properties)): ObjectSchema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})
const output = (properties: Readonly<Record<string, unknown>>) => ({ type: 'object', properties, required: Object.keys(properties) })
const reads = { readOnlyHint: true, openWorldHint: false }
const note = output({ id: { type: 'integer' }, text: { type: 'string' } })

const echo: DemoTool = {
  definition: {
    name: 'echo',
    title: 'Echo',
    description: 'Says back what you say. Good for trying out the connection.',
    inputSchema: schema({ message: { type: 'string', description: 'What to say back.' } }),
    annotations: { ...reads, idempotentHint: true },
  },
  run: (call) => text(String(call.arguments.message)),
}

const add: DemoTool = {
  definition: {
    name: 'add',
    title: 'Add two numbers',
    description: 'Adds two numbers.',
    inputSchema: schema({ a: { type: 'number', description: 'First number.' }, b: { type: 'number', description: 'Second number.' } }),
    outputSchema: output({ sum: { type: 'number' } }),
    annotations: { ...reads, idempotentHint: true },
  },
  run: (call) => {
    const sum = Number(call.arguments.a) + Number(call.arguments.b)
    return Number.isFinite(sum) ? text(String(sum), { sum }) : failed('The sum is too large for a number.')
  },
}

const time: DemoTool = {
  definition: {
    name: 'time',
    title: 'Current time',
    description: 'Tells the current date and time in a time zone.',
    inputSchema: schema({ zone: { type: 'string', description: 'IANA time zone such as "Europe/Berlin"; default "UTC".' } }, []),
    outputSchema: output({ zone: { type: 'string' }, local: { type: 'string' }, iso: { type: 'string' } }),
    annotations: reads,
  },
  run: ({ arguments: { zone = 'UTC' } }) => tellTime(String(zone)),
}

function tellTime(zone: string): CallToolResult {
  const now = new Date()
  try {
    const local = now.toLocaleString('en-GB', { timeZone: zone, dateStyle: 'full', timeStyle: 'long' })
    return text(local, { zone, local, iso: now.toISOString() })
  } catch {
    return failed(`"${zone.slice(0, 60)}" is not a time zone that I know; use an IANA name such as "Europe/Berlin".`)
  }
}

const listNotes: DemoTool = {
  definition: {
    name: 'list_notes',
    title: 'List notes',
    description: 'Lists the notes of the demo notebook with their ids.',
    inputSchema: schema({}, []),
    outputSchema: output({ notes: { type: 'array', items: note } }),
    annotations: reads,
  },
  run: (_call, notebook) => {
    const notes = [...notebook.notes].map(([id, text]) => ({ id, text }))
    return text(notes.length === 0 ? 'There are no notes.' : notes.map(({ id, text }) => `${id}: ${text}`).join('\n'), { notes })
  },
}

const addNote: DemoTool = {
  definition: {
    name: 'add_note',
    title: 'Add a note',
    description: 'Adds a note to the demo notebook. Notes are kept in memory until the gateway ends.',
    inputSchema: schema({ text: { type: 'string', description: 'The note.', minLength: 1, maxLength: longestNote } }),
    outputSchema: note,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  },
  run: (call, notebook) => {
    if (notebook.notes.size >= mostNotes) return failed(`The notebook is full (${mostNotes} notes); delete one first.`)
    const added = { id: notebook.nextId++, text: String(call.arguments.text) }
    notebook.notes.set(added.id, added.text)
    return text(`Added note ${added.id}.`, added)
  },
}

const deleteNote: DemoTool = {
  definition: {
    name: 'delete_note',
    title: 'Delete a note',
    description: 'Deletes a note for good. Under the default policy a person is asked first.',
    inputSchema: schema({ id: { type: 'integer', description: 'Id of the note, see list_notes.' } }),
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  },
  run: (call, notebook) => {
    const id = Number(call.arguments.id)
    return notebook.notes.delete(id) ? text(`Deleted note ${id}.`) : failed(`There is no note ${id}; see list_notes.`)
  },
}

const countdown: DemoTool = {
  definition: {
    name: 'countdown',
    title: 'Countdown',
    description: 'Counts down and reports progress on the way. Good for trying out progress and cancellation.',
    inputSchema: schema(
      { from: { type: 'integer', description: 'Where to begin; default 3.', minimum: 1, maximum: longestCountdown } },
      [],
    ),
    annotations: { ...reads, idempotentHint: true },
  },
  run: async (call) => {
    const from = Number(call.arguments.from ?? 3)
    for (let done = 1; done <= from; done++) {
      await delay(countdownStepMs, undefined, { signal: call.signal })
      call.progress(done, from, done === from ? 'Lift-off' : `${from - done} to go`)
    }
    return text('Lift-off!')
  },
}

/** Every tool of the demo, in the order in which they are listed. */
export const demoTools: readonly DemoTool[] = [echo, add, time, listNotes, addNote, deleteNote, countdown]

/** Why these arguments do not fit the schema, in words for the model; undefined when they do. */
export function whyInvalid({ properties, required = [] }: ObjectSchema, args: Arguments): string | undefined {
  const missing = required.find((name) => args[name] === undefined)
  if (missing !== undefined) return `The argument "${missing}" is missing.`
  for (const [name, value] of Object.entries(args)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (!property) return `There is no argument "${name.slice(0, 60)}"; known: ${Object.keys(properties).join(', ') || 'none'}.`
    if (!fitsType(property, value)) return `The argument "${name}" must be ${property.type === 'integer' ? 'an' : 'a'} ${property.type}.`
    if (!fitsRange(property, value)) return `The argument "${name}" is out of its range.`
  }
  return undefined
}

function fitsType(property: Property, value: unknown): boolean {
  return property.type === 'integer' ? Number.isSafeInteger(value) : typeof value === property.type
}

function fitsRange({ minimum, maximum, minLength, maxLength }: Property, value: unknown): boolean {
  const size = typeof value === 'string' ? value.length : Number(value)
  const least = minimum ?? minLength ?? -Infinity
  const most = maximum ?? maxLength ?? Infinity
  return size >= Number(least) && size <= Number(most)
}
