import { describe, expect, it } from 'vitest'
import type { Grant } from '../../src/shared/records'
import { createMemoryStore } from '../../src/main/gateway/store/memory'
import { openRawSession, send } from '../support/gateway-http'
import { adminToken, approverToken, openRig, type Rig, type RigOptions } from '../support/gateway-rig'
import { openToolServer, type ToolScript } from '../support/gateway-upstream'

/*
 * Law 3 from the side of an agent: it has its client token, it has read the admin token, it knows every id, and it wants a yes.
 */

const say: ToolScript = ({ text, arguments: args }) => text(JSON.stringify(args))
const asksAlways = { deny: [], confirm: ['*'], audit: true, rules: [], default: 'allow' as const }

/** @param tools instead of the usual ones, which answer with their arguments */
async function open(options: RigOptions = {}, tools?: readonly object[]) {
  const upstream = await openToolServer(tools ? {} : { say, other: say }, tools ? { tools } : {})
  const rig = await openRig({ config: { policy: asksAlways }, ...options })
  const view = await rig.add({ name: 'up', url: upstream.url })
  const client = rig.gateway.clients.create({ name: 'agent' })
  const session = (token = client.token, path = '') => openRawSession(rig.listening.endpoint + path, { token })
  return {
    upstream,
    rig,
    view,
    client,
    session,
    ran: () => upstream.asked('tools/call').map(({ message }) => message.params?.arguments as Record<string, unknown>),
  }
}

const person = (rig: Rig, id: string, body: object) => rig.admin('POST', `/hil/pending/${id}/approve`, body, approverToken)
const grants = async (rig: Rig) => (await rig.admin('GET', '/hil/grants')).body as Grant[]

/** Lets the person say yes to `up_say {"n":1}`, with a grant for the tool. */
async function withGrant(opened: Awaited<ReturnType<typeof open>>, scope = 'tool') {
  const { rig, session } = opened
  const agent = await session()
  const calling = agent.call('up_say', { n: 1 })
  const { id } = await rig.pending()
  expect((await person(rig, id, { grant: { scope } })).status).toBe(200)
  expect((await calling).result).not.toMatchObject({ isError: true })
  return { agent, approvalId: id }
}

/** A call that must ask: it is denied, so that it ends. @returns what the agent was told */
async function asks(rig: Rig, calling: Promise<{ readonly result?: object }>) {
  const { id } = await rig.pending()
  await rig.deny(id)
  expect((await calling).result).toMatchObject({ isError: true })
}

describe('an agent', () => {
  it('decides, grants, edits, revokes and denies nothing, with its token, the admin token, another client’s, or none', async () => {
    const opened = await open()
    const { rig, client, ran } = opened
    const { agent } = await withGrant(opened)
    const [grant] = await grants(rig)
    const other = rig.gateway.clients.create({ name: 'other' })
    const stranger = await openRawSession(rig.listening.endpoint, { token: other.token })
    const calling = stranger.call('up_say', { n: 2 })
    const { id } = await rig.pending()
    const tries = [
      ['POST', `/hil/pending/${id}/approve`, {}],
      ['POST', `/hil/pending/${id}/approve`, { grant: { scope: 'tool' } }],
      ['POST', `/hil/pending/${id}/approve`, { arguments: { n: 3 } }],
      ['POST', `/hil/pending/${id}/deny`, {}],
      ['POST', '/hil/deny', {}],
      ['DELETE', `/hil/grants/${grant?.id}`, undefined],
      ['POST', '/hil/grants', { scope: 'tool' }],
      ['PUT', `/hil/grants/${grant?.id}`, { ...grant, client: 'other' }],
      ['PATCH', `/hil/grants/${grant?.id}`, { expires_at: '2099-01-01T00:00:00.000Z' }],
    ] as const
    for (const token of [client.token, other.token, adminToken, id, 'approver', 'desktop'])
      for (const [method, path, body] of tries) {
        const { status, body: problem } = await rig.admin(method, path, body, token)
        expect([401, 403, 404], `${method} ${path} as ${token}`).toContain(status)
        expect(JSON.stringify(problem)).not.toContain(approverToken)
      }
    expect((await rig.admin('GET', '/hil/pending')).body).toMatchObject([{ id, status: 'pending' }])
    expect(await grants(rig)).toEqual([grant])
    expect(ran()).toEqual([{ n: 1 }])
    await rig.deny(id)
    await calling
    await agent.call('up_say', { n: 4 })
    expect(ran()).toEqual([{ n: 1 }, { n: 4 }])
  })

  it('does not become a person by what it writes beside its token', async () => {
    const { rig, session, client } = await open()
    const calling = (await session()).call('up_say', { n: 1 })
    const { id } = await rig.pending()
    for (const token of [adminToken, client.token])
      for (const extra of [
        { 'x-principal': 'desktop' },
        { 'x-forwarded-user': 'approver' },
        { 'x-approver-token': approverToken },
        { cookie: `token=${approverToken}` },
        { 'proxy-authorization': `Bearer ${approverToken}` },
      ]) {
        const headers = { ...extra, authorization: `Bearer ${token}`, 'content-type': 'application/json' }
        const { status } = await send(`${rig.listening.adminUrl}/hil/pending/${id}/approve`, { headers, body: '{"principal":"desktop"}' })
        expect([401, 403, 422]).toContain(status)
      }
    for (const where of [`?token=${approverToken}`, `?access_token=${approverToken}`])
      expect((await rig.admin('POST', `/hil/pending/${id}/approve${where}`, {})).status).toBe(403)
    await asks(rig, calling)
  })

  it('finds the approver credential nowhere that its tokens open', async () => {
    const opened = await open()
    const { rig, client } = opened
    await withGrant(opened)
    for (const path of [
      '/status',
      '/hil/pending',
      '/hil/history',
      '/hil/grants',
      '/audit',
      '/settings',
      '/diagnostics',
      '/openapi.json',
      '/clients',
    ])
      for (const token of [adminToken, client.token])
        expect(JSON.stringify(await rig.admin('GET', path, undefined, token))).not.toContain(approverToken)
    expect(JSON.stringify([rig.events, rig.lines])).not.toContain(approverToken)
  })

  it('cannot use an approval twice: its id is over, and so is its yes', async () => {
    const { rig, session, ran } = await open()
    const agent = await session()
    const calling = agent.call('up_say', { n: 1 })
    const { id } = await rig.pending()
    await rig.approve(id)
    await calling
    expect(await rig.approve(id)).toMatchObject({ status: 404, body: { code: 'approval.not_found' } })
    expect(await person(rig, id, { grant: { scope: 'tool' } })).toMatchObject({ status: 404 })
    await asks(rig, agent.call('up_say', { n: 1, approval_id: id, _meta: { approval_id: id } }))
    await asks(rig, agent.call('up_say', { n: 1 }))
    expect(ran()).toEqual([{ n: 1 }])
  })

  it('gets nothing from two people who decide at once but what the first said', async () => {
    const { rig, session, ran } = await open()
    const agent = await session()
    for (let round = 0; round < 5; round++) {
      const calling = agent.call('up_say', { round })
      const { id } = await rig.pending()
      const ways = ['deny', 'approve', 'deny', 'approve']
      const answers = await Promise.all(ways.map((way) => rig.admin('POST', `/hil/pending/${id}/${way}`, {}, approverToken)))
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404, 404])
      const winner = ways[answers.findIndex(({ status }) => status === 200)]
      const { result } = await calling
      expect((result as { isError?: boolean }).isError === true).toBe(winner === 'deny')
      expect(ran().filter((args) => args?.round === round)).toHaveLength(winner === 'approve' ? 1 : 0)
      expect(rig.events.filter(({ event, data }) => event === 'approval.closed' && data.approval.id === id)).toHaveLength(1)
    }
  })
})

describe('a question that is still open is not', () => {
  it('that of whoever has the client’s name next: each is asked about by itself', async () => {
    const hil = { enabled: true, auto_open_browser: false, timeout_seconds: 300, ticket_seconds: 900, impatient_seconds: 0.05 }
    const opened = await open({ config: { policy: asksAlways, hil: { ...hil, approval_base_url: null } } })
    const { rig, client, session, ran } = opened
    await (await session()).call('up_say', { n: 1 })
    const first = await rig.pending()
    rig.gateway.clients.remove(client.id)
    const namesake = await session(rig.gateway.clients.create({ name: 'agent' }).token)
    const params = { name: 'up_say', arguments: { n: 1 }, _meta: { progressToken: 1 } }
    const calling = namesake.request('tools/call', params)
    await rig.until(() => rig.gateway.status().approvals_pending === 2)
    await rig.approve(first.id)
    expect(ran()).toEqual([])
    await asks(rig, calling)
    expect(ran()).toEqual([])
  })
})

describe('a grant is not', () => {
  it('for another client, another group, or another tool', async () => {
    const opened = await open()
    const { rig, view, session } = opened
    rig.gateway.groups.create({ name: 'inner', member_server_ids: [view.id] })
    const { agent } = await withGrant(opened)
    const other = await session(rig.gateway.clients.create({ name: 'agent2' }).token)
    await asks(rig, other.call('up_say', { n: 1 }))
    await asks(rig, (await session(opened.client.token, '/g/inner')).call('up_say', { n: 1 }))
    await asks(rig, agent.call('up_other', { n: 1 }))
    expect((await agent.call('up_say', { n: 9 })).result).not.toMatchObject({ isError: true })
  })

  it('for the same name at another place', async () => {
    const opened = await open()
    const { rig, view } = opened
    const { agent } = await withGrant(opened)
    const elsewhere = await openToolServer({ say, other: say })
    await rig.gateway.servers.patch(view.id, { url: elsewhere.url })
    await rig.until(() => rig.gateway.servers.get(view.id).state === 'ready')
    expect(await grants(rig)).toEqual([])
    await asks(rig, agent.call('up_say', { n: 1 }))
    await rig.gateway.servers.patch(view.id, { url: view.url })
    await asks(rig, agent.call('up_say', { n: 1 }))
    expect(elsewhere.asked('tools/call')).toEqual([])
  })

  it('for a server of the same name that came after it', async () => {
    const opened = await open()
    const { rig, view, upstream } = opened
    const { agent } = await withGrant(opened)
    await rig.gateway.servers.remove(view.id)
    await rig.add({ name: 'up', url: upstream.url })
    expect(await grants(rig)).toEqual([])
    await asks(rig, agent.call('up_say', { n: 1 }))
  })

  it('for whoever has the client’s next token, or its name', async () => {
    const opened = await open()
    const { rig, client, session } = opened
    await withGrant(opened)
    const { token } = rig.gateway.clients.rotate(client.id)
    expect(await grants(rig)).toEqual([])
    await asks(rig, (await session(token)).call('up_say', { n: 1 }))
    const again = await open()
    await withGrant(again)
    again.rig.gateway.clients.remove(again.client.id)
    const namesake = again.rig.gateway.clients.create({ name: 'agent' })
    expect(await grants(again.rig)).toEqual([])
    await asks(again.rig, (await again.session(namesake.token)).call('up_say', { n: 1 }))
  })

  it('for the next session, when it was for one', async () => {
    const opened = await open()
    const { rig, session } = opened
    const { agent } = await withGrant(opened, 'session')
    await asks(rig, (await session()).call('up_say', { n: 1 }))
    expect((await agent.call('up_say', { n: 2 })).result).not.toMatchObject({ isError: true })
  })

  it('stronger than a rule that denies, whose coming ends it', async () => {
    const opened = await open()
    const { rig, ran } = opened
    const { agent } = await withGrant(opened)
    const deny = { ...asksAlways, rules: [{ effect: 'deny' as const, tool: 'say' }] }
    expect((await rig.admin('PUT', '/policy', deny)).status).toBe(200)
    expect((await agent.call('up_say', { n: 2 })).result).toMatchObject({ isError: true })
    expect((await rig.admin('GET', '/hil/pending')).body).toEqual([])
    await expect.poll(() => grants(rig)).toEqual([])
    expect((await rig.admin('PUT', '/policy', asksAlways)).status).toBe(200)
    await asks(rig, agent.call('up_say', { n: 3 }))
    expect(ran()).toEqual([{ n: 1 }])
  })

  it('ended by a server that is switched off for a while, or by another rule that asks', async () => {
    const opened = await open()
    const { rig, view } = opened
    const { agent } = await withGrant(opened)
    await rig.gateway.servers.patch(view.id, { enabled: false })
    const asking = { ...asksAlways, confirm: [], rules: [{ effect: 'ask' as const, tool: '*' }] }
    expect((await rig.admin('PUT', '/policy', asking)).status).toBe(200)
    await rig.gateway.servers.patch(view.id, { enabled: true })
    await rig.until(() => rig.gateway.servers.get(view.id).state === 'ready')
    expect((await agent.call('up_say', { n: 2 })).result).not.toMatchObject({ isError: true })
  })

  it('for a tool that is defined otherwise, whether it changed before the yes or after', async () => {
    const tool = { name: 'say', description: 'Says it.', inputSchema: { type: 'object' } }
    const { rig, view, upstream, session } = await open({}, [tool])
    const agent = await session()
    const redefine = async (description: string) => {
      tool.description = description
      await rig.gateway.servers.refresh(view.id)
    }
    const waiting = agent.call('up_say', { n: 1 })
    const { id } = await rig.pending()
    await redefine('Deletes it.')
    for (const body of [{ grant: { scope: 'tool' } }, { arguments: { n: 2 } }]) expect((await person(rig, id, body)).status).toBe(422)
    await person(rig, id, {})
    expect((await waiting).result).toMatchObject({ isError: true })
    expect([await grants(rig), upstream.asked('tools/call')]).toEqual([[], []])

    const calling = agent.call('up_say', { n: 1 })
    await person(rig, (await rig.pending()).id, { grant: { scope: 'tool' } })
    await calling
    expect(await grants(rig)).toHaveLength(1)
    await redefine('Deletes everything.')
    expect(await grants(rig)).toEqual([])
    await asks(rig, agent.call('up_say', { n: 1 }))
    await redefine('Deletes it.')
    await asks(rig, agent.call('up_say', { n: 1 }))
    expect(upstream.asked('tools/call')).toHaveLength(1)
  })

  it('lost or widened by a restart', async () => {
    const store = createMemoryStore()
    const opened = await open({ store })
    await withGrant(opened)
    const before = await grants(opened.rig)
    await opened.rig.close()
    const rig = await openRig({ config: { policy: asksAlways }, store })
    await rig.until(() => rig.gateway.servers.list().every(({ state }) => state === 'ready'))
    expect((await grants(rig)).map(({ id }) => id)).toEqual(before.map(({ id }) => id))
    const agent = await openRawSession(rig.listening.endpoint, { token: opened.client.token })
    expect((await agent.call('up_say', { n: 2 })).result).not.toMatchObject({ isError: true })
    await asks(rig, agent.call('up_other', { n: 2 }))
  })
})

describe('the records', () => {
  it('say which grant let a call run, and what a person changed before it ran', async () => {
    const opened = await open()
    const { rig, ran } = opened
    const { agent } = await withGrant(opened)
    const [grant] = await grants(rig)
    await agent.call('up_say', { n: 2 })
    expect((await rig.audit('?limit=1'))[0]).toMatchObject({ decision: 'approved', decided_by: `grant:${grant?.id}`, arguments: '{"n":2}' })
    expect((await rig.admin('GET', '/hil/history?limit=1')).body).toMatchObject([{ decided_by: `grant:${grant?.id}`, arguments: { n: 2 } }])
    const calling = agent.call('up_other', { n: 3 })
    const { id } = await rig.pending()
    await person(rig, id, { arguments: { n: 4 } })
    await calling
    expect(ran().at(-1)).toEqual({ n: 4 })
    expect((await rig.audit('?limit=1'))[0]).toMatchObject({ decided_by: `approval:${id}:edited`, arguments: '{"n":4}' })
    expect((await rig.admin('GET', `/hil/history/${id}`)).body).toMatchObject({ edited: true, arguments: { n: 4 }, decided_by: 'approver' })
  })
})

describe('pausing', () => {
  it('denies what waits, and no grant runs anything until it is over', async () => {
    const opened = await open()
    const { rig, ran } = opened
    const { agent } = await withGrant(opened)
    const waiting = agent.call('up_other', { n: 2 })
    const { id } = await rig.pending()
    expect((await rig.admin('POST', '/pause')).status).toBe(200)
    expect((await waiting).result).toMatchObject({ isError: true })
    expect((await rig.admin('GET', `/hil/history/${id}`)).body).toMatchObject({ status: 'denied', decided_by: 'pause' })
    expect((await agent.call('up_say', { n: 3 })).result).toMatchObject({ isError: true })
    expect(ran()).toEqual([{ n: 1 }])
  })
})
