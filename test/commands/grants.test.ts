import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Approval, AuditEntry, Grant } from '../../src/shared/records'
import { built, buildTimeoutMs, endAll, newPlace, serve, start, type Served } from '../support/cli-runner'

let gateway: Served
beforeAll(async () => {
  await built()
  gateway = await serve(newPlace())
}, buildTimeoutMs)
afterAll(() => endAll(gateway))

/** Calls the tool that asks, and waits until it does. */
async function call(id: number) {
  const waiting = start(gateway.place, ['tools', 'call', 'demo_delete_note', `id=${id}`], {
    env: { FAST_GATEWAY_URL: `http://127.0.0.1:${gateway.port}` },
  })
  await waiting.says('Waiting for a person')
  const [approval] = await gateway.json<Approval[]>('approvals', 'list')
  return { waiting, id: approval?.id ?? '' }
}
const lastRow = async () => JSON.parse((await gateway.cli('audit', '--limit', '1', '--json')).stdout) as AuditEntry
const grants = () => gateway.json<Grant[]>('approvals', 'grants')

describe('approve', () => {
  it('with --grant lets later calls run, which "grants" shows and "revoke" ends', async () => {
    expect((await gateway.cli('approvals', 'grants')).stdout).toBe('Nothing runs by a grant.\n')
    const { waiting, id } = await call(1)
    const approved = await gateway.asApprover('approvals', 'approve', id, '--grant', 'tool', '--for', '8h')
    expect(approved).toMatchObject({ code: 0, stdout: 'Approved demo_delete_note for admin.\n' })
    expect(approved.stderr).toContain('fast-gateway approvals grants')
    expect((await waiting.ended).code).toBe(0)
    expect(await gateway.cli('tools', 'call', 'demo_delete_note', 'id=2')).toMatchObject({ code: 0, stdout: 'Deleted note 2.\n' })

    const [grant] = await grants()
    expect(grant).toMatchObject({ scope: 'tool', client: 'admin', uses: 1, granted_by: 'approver' })
    expect(Date.parse(grant?.expires_at ?? '') - Date.parse(grant?.created_at ?? '')).toBe(8 * 3_600_000)
    const short = grant?.id.slice(0, 8) ?? ''
    expect((await gateway.cli('approvals', 'grants')).stdout).toMatch(
      new RegExp(`^${short} +admin +demo delete_note +any arguments +\\d s ago +8 h +1$`, 'm'),
    )
    expect((await gateway.cli('approvals', 'list', '--history')).stdout).toContain(`approved by grant:${grant?.id}`)
    expect(await lastRow()).toMatchObject({ decision: 'approved', decided_by: `grant:${grant?.id}` })

    expect(await gateway.cli('approvals', 'revoke', short)).toMatchObject({ code: 1, stdout: '' })
    expect(await gateway.asApprover('approvals', 'revoke', short)).toMatchObject({
      code: 0,
      stdout: 'Revoked: admin asks again for demo delete_note.\n',
    })
    const again = await call(3)
    await gateway.asApprover('approvals', 'deny', again.id)
    expect((await again.waiting.ended).code).toBe(1)
  })

  it('with --args runs those instead, and the records say so', async () => {
    const { waiting, id } = await call(4)
    const approved = await gateway.asApprover('approvals', 'approve', id, '--args', '{"id": 1}')
    expect(approved).toMatchObject({ code: 0, stdout: 'Approved demo_delete_note for admin with your arguments.\n' })
    expect((await waiting.ended).stdout).not.toContain('note 4')
    const [latest] = await gateway.json<Approval[]>('approvals', 'list', '--history')
    expect(latest).toMatchObject({ id, edited: true, arguments: { id: 1 } })
    expect(await lastRow()).toMatchObject({ decision: 'approved', decided_by: `approval:${id}:edited`, arguments: '{"id":1}' })
  })

  it('takes and shows numbers with all their digits', async () => {
    const { waiting, id } = await call(6)
    const approved = await gateway.asApprover('approvals', 'approve', id, '--args', '{"id":98765432109876543210}', '--json')
    expect(approved.stdout).toContain('"id": 98765432109876543210')
    await waiting.ended
    expect((await gateway.cli('approvals', 'list', '--history', '--json')).stdout).toContain('"id": 98765432109876543210')
  })

  it('takes the arguments from a file, and says which field does not fit', async () => {
    const { waiting, id } = await call(5)
    const file = join(gateway.place.folder, 'args.json')
    writeFileSync(file, '{"id": "one"}')
    const refused = await gateway.asApprover('approvals', 'approve', id, '--args', `@${file}`)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('#/id')
    writeFileSync(file, '{"id": 2}')
    const taken = await gateway.asApprover('approvals', 'approve', id, '--args', `@${file}`, '--grant', 'arguments', '--json')
    expect(JSON.parse(taken.stdout)).toMatchObject({ approved: true, approval: { edited: true, arguments: { id: 2 } } })
    await waiting.ended
    const [grant] = await grants()
    expect(grant).toMatchObject({ scope: 'arguments', arguments: { id: 2 } })
    const revoked = await gateway.asApprover('approvals', 'revoke', grant?.id ?? '', '--json')
    expect(JSON.parse(revoked.stdout)).toEqual({ revoked: true, id: grant?.id })
  })

  it.each([
    [['--for', '8h'], 'say which with --grant'],
    [['--grant', 'tool', '--for', 'ever'], 'like 30m, 8h or 7d'],
    [['--grant', 'tool', '--for', '0h'], 'like 30m, 8h or 7d'],
    [['--grant', 'once'], 'session, tool, arguments'],
    [['--args', '[]'], 'one JSON object'],
    [['--args', '@nowhere.json'], 'cannot be read'],
  ])('is used wrongly with %j, and 2', async (args, words) => {
    const { code, stdout, stderr } = await gateway.asApprover('approvals', 'approve', 'any', ...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(words)
  })
})

describe('revoke', () => {
  it('says when there is no such grant', async () => {
    expect((await gateway.asApprover('approvals', 'revoke', 'nothing')).stderr).toContain('There is no grant "nothing"')
    expect((await gateway.asApprover('approvals', 'revoke', '')).code).toBe(1)
  })
})
