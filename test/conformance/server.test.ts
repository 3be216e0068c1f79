import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonTools, testTools } from '../support/conformance-offers'
import { runServerSuite, type Check, type SuiteRun } from '../support/conformance-suite'
import { openConformanceUpstream, type ConformanceUpstream } from '../support/conformance-upstream'
import { openRig } from '../support/gateway-rig'

/*
 * The suite that others wrote, unmodified, against a gateway whose two upstreams lack the first word of every name: `test_simple_text`
 * is there only because the gateway puts the server's name before the tool's.
 */

describe('the MCP conformance suite, through two upstreams whose names the gateway completes', () => {
  const open: (() => Promise<unknown>)[] = []
  let upstream: ConformanceUpstream
  let run: SuiteRun

  beforeAll(async () => {
    upstream = await openConformanceUpstream(testTools, { everything: true })
    const json = await openConformanceUpstream(jsonTools, { everything: false })
    open.push(upstream.close, json.close)
    const rig = await openRig({ config: { mcp_auth: 'none' }, ending: (close) => open.push(close) })
    await rig.add({ name: 'test', url: upstream.url })
    await rig.add({ name: 'json', url: json.url })
    run = await runServerSuite(`http://localhost:${rig.listening.port}/mcp`)
  }, 60_000)

  afterAll(async () => {
    for (const close of open.reverse()) await close()
  })

  const withStatus = (status: Check['status']) =>
    [...run.checks].flatMap(([scenario, checks]) =>
      checks.filter((check) => check.status === status).map(({ id, errorMessage = '' }) => `${scenario}: ${id} ${errorMessage}`.trim()),
    )
  const details = (scenario: string, id = scenario): unknown => run.checks.get(scenario)?.find((check) => check.id === id)?.details

  it('runs every scenario and finds nothing wrong', () => {
    expect([withStatus('FAILURE'), withStatus('WARNING'), withStatus('SKIPPED'), run.exitCode], run.output).toEqual([[], [], [], 0])
    expect(run.checks.size).toBe(32)
    expect(withStatus('SUCCESS')).toHaveLength(45)
  })

  it('got the contents of the upstreams, not errors that look like contents', () => {
    const said = (text: string) => ({ result: { content: [{ type: 'text', text }] } })
    expect(details('tools-call-simple-text')).toEqual(said('This is a simple text response for testing.'))
    expect(details('tools-call-error')).toEqual({
      result: { ...said('This tool intentionally returns an error for testing').result, isError: true },
    })
    expect(details('tools-call-sampling')).toMatchObject(said('LLM response: This is a test response from the client'))
    expect(details('tools-call-elicitation')).toMatchObject(
      said('User response: action=accept, content={"username":"testuser","email":"test@example.com"}'),
    )
    expect(details('tools-call-mixed-content')).toMatchObject({ contentTypes: ['text', 'image', 'resource'] })
    expect(details('resources-templates-read')).toMatchObject({ content: '{"id":"123","templateTest":true,"data":"Data for ID: 123"}' })
    expect(details('prompts-get-with-args')).toMatchObject({
      messages: [{ content: { text: "Prompt with arguments: arg1='testValue1', arg2='testValue2'" } }],
    })
  })

  it('names everything as `server_tool`, whichever upstream it is of', () => {
    const names = [...Object.keys(testTools).map((name) => `test_${name}`), ...Object.keys(jsonTools).map((name) => `json_${name}`)]
    expect(details('tools-list')).toEqual({ toolCount: names.length, tools: expect.arrayContaining(names) as unknown })
    expect(details('json-schema-2020-12', 'json-schema-2020-12-tool-found')).toMatchObject({ toolFound: true })
  })

  it('went back to an upstream that closed its stream in mid-call, and the client got the result', () => {
    expect(details('server-sse-polling', 'server-sse-disconnect-resume')).toMatchObject({ receivedToolResponse: true })
    expect(upstream.resumed()).toBeGreaterThan(0)
  })
})
