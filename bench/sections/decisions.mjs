// The policy's answer about a call, with 100 rules: once asked, it is remembered.
import { median } from '../figures.mjs'

const ruleCount = 100
const toolCount = 500
const perRound = 20_000

/** Rules of which none names the tools that are asked about but the last, so that all are looked at. */
const rules = Array.from({ length: ruleCount }, (_, i) =>
  i === ruleCount - 1 ? { effect: 'allow', tool: 'echo_*' } : { effect: 'deny', server: `s${i}-*`, tool: `remove_*_${i}` },
)

/** @param {number} i */
const callOf = (i) => {
  const definition = {
    ...{ server_id: '1', namespace: 'u0', name: `u0_echo_${i}`, bare_name: `echo_${i}`, title: null, description: null, tags: [] },
    ...{ parameters: {}, output_schema: null, annotations: { readOnlyHint: true }, definition_hash: '' },
  }
  const context = { client: 'bench', group: null, sessionId: null, door: 'mcp', headers: {} }
  return { server: 'u0', tool: definition.bare_name, exposedName: definition.name, definition, arguments: {}, context }
}

/** @param {import('../plan.mjs').Plan} plan */
export async function decisions({ rounds }) {
  const decide = await policyOfGateway()
  const asked = Array.from({ length: toolCount }, (_, i) => callOf(i))
  const first = time(asked, decide)
  if ((await decide(asked[0]))?.decision !== 'continue') throw new Error('The policy refuses what it should allow.')
  const again = Array.from({ length: perRound }, (_, i) => asked[i % toolCount])
  const remembered = median(Array.from({ length: rounds }, () => time(again, decide)))
  return { figures: { decision_us: remembered, decision_first_us: first }, samples: {} }
}

/** Microseconds for each. @param {readonly any[]} asked @param {(call: any) => unknown} decide */
function time(asked, decide) {
  const started = performance.now()
  for (const call of asked) decide(call)
  return ((performance.now() - started) * 1000) / asked.length
}

/** The hook of the bundled policy plugin, as it stands in a gateway that has started. */
async function policyOfGateway() {
  /** @type {typeof import('../../src/main/library')} */
  const { createGateway, policyPlugin } = await import(new URL('../../out/main/library.js', import.meta.url).href)
  /** @type {{ hook?: ((call: any) => any) | undefined }} */
  const found = {}
  const policy = policyPlugin()
  const gateway = createGateway({
    config: /** @type {any} */ ({ policy: { rules } }),
    plugins: [
      {
        name: policy.name,
        async contribute(host) {
          const contribution = await policy.contribute(host)
          found.hook = contribution.hooks?.preToolCall
          return contribution
        },
      },
    ],
  })
  await gateway.ready
  await gateway.close()
  if (!found.hook) throw new Error('The policy plugin asks about no call.')
  return found.hook
}
