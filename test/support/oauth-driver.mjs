// A client of the conformance suite: the built gateway, whose one upstream is the suite's server; the person says yes to every login.
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'

// As it is built: found when it runs, not when this is checked.
const { createGateway, bundledPlugins, createMemoryVault } = await import(new URL('../../out/main/library.js', import.meta.url).href)

const url = process.argv.at(-1)
const scenario = process.env.MCP_CONFORMANCE_SCENARIO ?? ''
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}')
/** Where the suite has a document that describes a client. */
const documentUrl = 'https://conformance-test.local/client-metadata.json'

process.env.CONFORMANCE_SECRET = context.client_secret ?? context.private_key_pem ?? ''
const secret = process.env.CONFORMANCE_SECRET === '' ? {} : { oauth_client_secret: '${env:CONFORMANCE_SECRET}' }
const client = context.client_id === undefined ? {} : { oauth_client_id: context.client_id, ...secret }
const login = scenario.includes('client-credentials') ? 'oauth_client_credentials' : 'oauth'
const auth = scenario.startsWith('auth/') ? { auth: login, ...client } : {}

const gateway = createGateway({ plugins: bundledPlugins(), vault: createMemoryVault(), config: { oauth_client_metadata_url: documentUrl } })
await gateway.ready
// One stream only where the suite measures how it is taken up again.
const sharing = scenario === 'sse-retry' ? { sharing: 'shared' } : {}
const server = await gateway.servers.create({ name: 'suite', url, ...sharing, ...auth })

async function ask(method, path) {
  const answer = await gateway.admin(new Request(`http://gateway${path}`, { method }), 'desktop')
  const body = await answer.json()
  if (!answer.ok) throw new Error(body.message)
  return body
}

/** As a browser would, and back to the gateway. */
async function logIn() {
  const { id, authorization_url: start } = await ask('POST', `/oauth/${server.id}/login`)
  let next = start
  while (next !== null) {
    const answer = await fetch(next, { redirect: 'manual' })
    next = answer.headers.get('location')
  }
  const { state, error } = await ask('GET', `/oauth/logins/${id}`)
  if (state !== 'done') throw new Error(error ?? state)
}

async function settled() {
  for (let tries = 0; tries < 200; tries++) {
    const { state, state_reason: reason } = gateway.servers.get(server.id)
    if (state !== 'connecting') return { state, reason }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('it connects for ever')
}

/** A login more where one is wanted, but not for ever. */
async function withLogins(work) {
  for (let logins = 0; ; logins++) {
    try {
      return await work()
    } catch (error) {
      if (error.code !== 'upstream.login_required' || logins >= 3) throw error
      await logIn()
    }
  }
}

/** A client that is asked and says yes to what is proposed. */
async function callAsClient(tools) {
  const client = await gateway.client({ capabilities: { elicitation: { form: { applyDefaults: true } } } })
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: {} }))
  for (const { name, bare_name: bare } of tools) await client.callTool({ name, arguments: bare === 'add_numbers' ? { a: 5, b: 3 } : {} })
  await client.close()
}

try {
  if (auth.auth === 'oauth') await logIn()
  await gateway.servers.refresh(server.id)
  const { state, reason } = await settled()
  if (state !== 'ready') throw new Error(`${state}: ${reason}`)
  const tools = await gateway.listTools()
  if (auth.auth === undefined) await callAsClient(tools)
  else for (const { name } of tools) await withLogins(() => gateway.callTool(name))
} catch (error) {
  // Some scenarios are about a gateway that gives up.
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
} finally {
  await gateway.close()
}
