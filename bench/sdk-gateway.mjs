// A gateway as everybody writes it: the SDK's Server for each session, one SDK Client for each upstream, names prefixed.
import { parseArgs } from 'node:util'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { listenAll } from './program.mjs'
import { sdkListener } from './sdk-listener.mjs'

/** @param {string} url */
async function connect(url) {
  const client = new Client({ name: 'sdk-gateway', version: '1' }, { capabilities: {} })
  const transport = new StreamableHTTPClientTransport(new URL(url))
  await client.connect(/** @type {import('@modelcontextprotocol/sdk/shared/transport.js').Transport} */ (transport))
  return client
}

const { values } = parseArgs({ options: { upstreams: { type: 'string', default: '' } } })
const upstreams = await Promise.all(values.upstreams.split(',').map(connect))
const lists = upstreams.map(async (client, i) => (await client.listTools()).tools.map((tool) => ({ ...tool, name: `u${i}_${tool.name}` })))
const tools = (await Promise.all(lists)).flat()

await listenAll([
  sdkListener('sdk-gateway', false, {
    list: async () => ({ tools }),
    async call(params, signal) {
      const cut = params.name.indexOf('_')
      const upstream = upstreams[Number(params.name.slice(1, cut))]
      return upstream?.callTool({ ...params, name: params.name.slice(cut + 1) }, undefined, { signal })
    },
  }),
])
