import { setTimeout as delay } from 'node:timers/promises'
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js'
import type { CallToolResult, PromptMessage, ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js'
import { CreateMessageResultSchema, ElicitResultSchema } from '@modelcontextprotocol/sdk/types.js'

/*
 * What `@modelcontextprotocol/conformance` 0.1.16 asks of a server under test, as its scenarios describe it. Names lack their first word.
 */

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>

export interface ConformanceTool {
  readonly description: string
  readonly inputSchema: { readonly type: 'object'; readonly [keyword: string]: unknown }
  run(args: Readonly<Record<string, unknown>>, extra: Extra): Promise<CallToolResult> | CallToolResult
}

/** A PNG of one pixel, and a WAV without a sample. */
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const wav = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA='

const text = (value: string): CallToolResult => ({ content: [{ type: 'text', text: value }] })
const image = { type: 'image', data: png, mimeType: 'image/png' } as const
const resource = (uri: string, mimeType: string, value: string) => ({ type: 'resource', resource: { uri, mimeType, text: value } }) as const

const tool = (description: string, run: ConformanceTool['run'], properties: Readonly<Record<string, unknown>> = {}): ConformanceTool => ({
  description,
  inputSchema: { type: 'object', properties },
  run,
})

async function elicit(extra: Extra, message: string, requestedSchema: ElicitSchema): Promise<string> {
  const params = { mode: 'form', message, requestedSchema } as const
  const { action, content } = await extra.sendRequest({ method: 'elicitation/create', params } as ServerRequest, ElicitResultSchema)
  return `action=${action}, content=${JSON.stringify(content ?? {})}`
}
interface ElicitSchema {
  readonly type: 'object'
  readonly properties: Readonly<Record<string, unknown>>
  readonly required: readonly string[]
}
const form = (properties: ElicitSchema['properties'], required: readonly string[] = []): ElicitSchema => ({
  type: 'object',
  properties,
  required,
})

const defaultsForm = form({
  name: { type: 'string', default: 'John Doe' },
  age: { type: 'integer', default: 30 },
  score: { type: 'number', default: 95.5 },
  status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean', default: true },
})

const options = ['option1', 'option2', 'option3']
const titled = ['value1', 'value2', 'value3'].map((value, at) => ({ const: value, title: `Option ${at + 1}` }))
const enumsForm = form({
  untitledSingle: { type: 'string', enum: options },
  titledSingle: { type: 'string', oneOf: titled },
  legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['Option One', 'Option Two', 'Option Three'] },
  untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
  titledMulti: { type: 'array', items: { anyOf: titled } },
})

async function sample(prompt: string, extra: Extra): Promise<CallToolResult> {
  const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: prompt } }]
  const params = { messages, maxTokens: 100 }
  const { content } = await extra.sendRequest({ method: 'sampling/createMessage', params }, CreateMessageResultSchema)
  return text(`LLM response: ${content.type === 'text' ? content.text : content.type}`)
}

async function logging({ sendNotification }: Extra): Promise<CallToolResult> {
  for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
    await sendNotification({ method: 'notifications/message', params: { level: 'info', data } })
    await delay(50)
  }
  return text('Tool with logging executed.')
}

async function progress({ _meta, sendNotification }: Extra): Promise<CallToolResult> {
  const progressToken = _meta?.progressToken
  for (const step of [0, 50, 100]) {
    if (progressToken !== undefined)
      await sendNotification({ method: 'notifications/progress', params: { progressToken, progress: step, total: 100 } })
    await delay(50)
  }
  return text('Tool with progress executed.')
}

/** Closes its own stream in the middle of the call; the result is there for whoever comes back. */
async function reconnect(extra: Extra): Promise<CallToolResult> {
  if (!extra.closeSSEStream) throw new Error('the stream of this call cannot be closed')
  await extra.sendNotification({ method: 'notifications/message', params: { level: 'info', data: 'closing the stream' } })
  extra.closeSSEStream()
  await delay(150)
  return text('Reconnection test completed.')
}

const asked = (args: Readonly<Record<string, unknown>>, name: string) => String(args[name])
const string = { type: 'string' }

/** Registered under the name `test`. */
export const testTools: Readonly<Record<string, ConformanceTool>> = {
  simple_text: tool('Says one line', () => text('This is a simple text response for testing.')),
  image_content: tool('Shows an image', () => ({ content: [image] })),
  audio_content: tool('Plays a sound', () => ({ content: [{ type: 'audio', data: wav, mimeType: 'audio/wav' }] })),
  embedded_resource: tool('Embeds a resource', () => ({
    content: [resource('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')],
  })),
  multiple_content_types: tool('Mixes content', () => ({
    content: [
      { type: 'text', text: 'Multiple content types test:' },
      image,
      resource('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
    ],
  })),
  tool_with_logging: tool('Logs on the way', (_args, extra) => logging(extra)),
  error_handling: tool('Fails always', () => ({ ...text('This tool intentionally returns an error for testing'), isError: true })),
  tool_with_progress: tool('Tells its progress', (_args, extra) => progress(extra)),
  sampling: tool('Asks the model of the client', (args, extra) => sample(asked(args, 'prompt'), extra), { prompt: string }),
  elicitation: tool(
    'Asks the user',
    async (args, extra) =>
      text(
        `User response: ${await elicit(extra, asked(args, 'message'), form({ username: string, email: string }, ['username', 'email']))}`,
      ),
    { message: string },
  ),
  elicitation_sep1034_defaults: tool('Asks with defaults', async (_args, extra) =>
    text(`Elicitation completed: ${await elicit(extra, 'Please review', defaultsForm)}`),
  ),
  elicitation_sep1330_enums: tool('Asks to choose', async (_args, extra) =>
    text(`Elicitation completed: ${await elicit(extra, 'Please choose', enumsForm)}`),
  ),
  reconnection: tool('Closes its stream in mid-call', (_args, extra) => reconnect(extra)),
}

/** Registered under the name `json`. */
export const jsonTools: Readonly<Record<string, ConformanceTool>> = {
  schema_2020_12_tool: {
    description: 'Tool with JSON Schema 2020-12 features',
    inputSchema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      $defs: { address: { type: 'object', properties: { street: string, city: string } } },
      properties: { name: string, address: { $ref: '#/$defs/address' } },
      additionalProperties: false,
    },
    run: (args) => text(`JSON Schema 2020-12 tool called with: ${JSON.stringify(args)}`),
  },
}

interface ConformancePrompt {
  readonly description: string
  readonly arguments?: { readonly name: string; readonly description: string; readonly required: boolean }[]
  messages(args: Readonly<Record<string, string>>): PromptMessage[]
}

const says = (content: PromptMessage['content']): PromptMessage => ({ role: 'user', content })
const said = (value: string) => says({ type: 'text', text: value })
const argument = (name: string) => ({ name, description: `The ${name}`, required: true })

export const prompts: Readonly<Record<string, ConformancePrompt>> = {
  simple_prompt: { description: 'Simple', messages: () => [said('This is a simple prompt for testing.')] },
  prompt_with_arguments: {
    description: 'With arguments',
    arguments: [argument('arg1'), argument('arg2')],
    messages: ({ arg1 = '', arg2 = '' }) => [said(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
  },
  prompt_with_embedded_resource: {
    description: 'With a resource',
    arguments: [argument('resourceUri')],
    messages: ({ resourceUri = '' }) => [
      says(resource(resourceUri, 'text/plain', 'Embedded resource content for testing.')),
      said('Please process the embedded resource above.'),
    ],
  },
  prompt_with_image: { description: 'With an image', messages: () => [says(image), said('Please analyze the image above.')] },
}

export const resources = [
  { uri: 'test://static-text', name: 'static-text', description: 'A static text', mimeType: 'text/plain' },
  { uri: 'test://static-binary', name: 'static-binary', description: 'A static image', mimeType: 'image/png' },
  { uri: 'test://watched-resource', name: 'watched-resource', description: 'One to watch', mimeType: 'text/plain' },
]

export const resourceTemplates = [
  { uriTemplate: 'test://template/{id}/data', name: 'template', description: 'Data by id', mimeType: 'application/json' },
]

export function readResource(
  uri: string,
): { uri: string; mimeType: string; text: string } | { uri: string; mimeType: string; blob: string } {
  if (uri === 'test://static-binary') return { uri, mimeType: 'image/png', blob: png }
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1]
  if (id !== undefined)
    return { uri, mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }
  if (uri === 'test://static-text') return { uri, mimeType: 'text/plain', text: 'This is the content of the static text resource.' }
  if (uri === 'test://watched-resource') return { uri, mimeType: 'text/plain', text: 'Watched resource content.' }
  throw new Error(`the fixture has no resource ${uri}`)
}
