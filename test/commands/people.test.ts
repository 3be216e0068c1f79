import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Approval, ServerView } from '../../src/shared/records'
import { approver, built, buildTimeoutMs, endAll, newPlace, serve, start, type RunOptions, type Served } from '../support/cli-runner'

const memory = resolve('node_modules/@modelcontextprotocol/server-memory/dist/index.js')
let gateway: Served
let at: Record<string, string>
beforeAll(async () => {
  await built()
  gateway = await serve(newPlace())
  at = { FAST_GATEWAY_URL: `http://127.0.0.1:${gateway.port}` }
}, buildTimeoutMs)
afterAll(() => endAll(gateway))

const begin = (args: string[], options: RunOptions = {}) => start(gateway.place, args, { ...options, env: { ...at, ...options.env } })
const stateOf = async (name: string) => (await gateway.json<ServerView[]>('list')).find((server) => server.name === name)?.state

describe('trust', () => {
  it('is needed before a command is started, shown whole and with what is hidden in it', async () => {
    const added = await gateway.cli('add', 'odd', '--cwd', 'sub', '--env', 'KEY=${env:KEY}', '--', 'node', 'a b', '\u202egpj.exe', '--flag')
    expect(added.code).toBe(0)
    expect(added.stderr).toContain('fast-gateway trust odd')
    const { code, stderr } = await gateway.cli('trust', 'odd')
    expect(code).toBe(2)
    expect(stderr).toContain('Program   "node"\n  Arguments "a b"\n            "\\u202egpj.exe"\n            "--flag"\n')
    expect(stderr).toContain(`Folder    "${join(gateway.place.folder, 'sub')}"\n  Variables "KEY" = "\${env:KEY}"\n`)
    expect(await stateOf('odd')).toBe('needs_trust')
  })

  it('is not given without the approver credential, nor with the admin token in its place', async () => {
    expect(await gateway.cli('trust', 'odd', '--yes')).toMatchObject({ code: 1, stdout: '' })
    for (const wrong of ['not-the-credential-at-all', await adminToken()]) {
      const { code, stderr } = await begin(['trust', 'odd', '--yes'], { env: { FAST_GATEWAY_APPROVER_TOKEN: wrong } }).ended
      expect(code).toBe(1)
      expect(stderr).toMatch(/approver credential/)
      expect(stderr).not.toContain(wrong)
    }
    expect(await stateOf('odd')).toBe('needs_trust')
  })

  it('is given by a script that has the credential, and the server is there', async () => {
    await gateway.cli('add', 'memory', '--', process.execPath, memory)
    expect(await gateway.asApprover('trust', 'memory', '--yes')).toMatchObject({ code: 0, stdout: 'memory is trusted.\n' })
    expect(await stateOf('memory')).toBe('ready')
    expect((await gateway.asApprover('trust', 'memory')).stdout).toBe('memory was trusted already.\n')
  })

  it('adds nothing with --trust when there is no credential', async () => {
    expect(await gateway.cli('add', 'never', '--trust', '--', 'node', 'x.mjs')).toMatchObject({ code: 1, stdout: '' })
    expect(await stateOf('never')).toBeUndefined()
  })

  it('is given with the very command that adds the server', async () => {
    const { code, stderr } = await gateway.asApprover('add', 'memory2', '--trust', '--', process.execPath, memory)
    expect(code).toBe(0)
    expect(stderr).toContain('memory2 is ready with 9 tools.')
  })

  it('is asked for on a terminal, where the credential is typed unseen', async () => {
    await gateway.cli('add', 'memory3', '--', process.execPath, memory)
    const no = begin(['trust', 'memory3'], { terminal: true })
    await no.says('[y/N]')
    no.type('\r')
    expect((await no.ended).code).toBe(1)
    const yes = begin(['trust', 'memory3'], { terminal: true })
    await yes.says('[y/N]')
    yes.type('y\r')
    expect(await yes.says('not shown while you type')).toContain(`Approver credential for ${at.FAST_GATEWAY_URL}`)
    yes.type(`${approver}x\u007f\r`)
    const { code, stdout } = await yes.ended
    expect(code).toBe(0)
    expect(stdout).toContain('memory3 is trusted.')
    expect(stdout).not.toContain(approver)
  })

  it('has no meaning for a server that starts no command', async () => {
    expect(await gateway.asApprover('trust', 'demo', '--yes')).toMatchObject({ code: 1 })
  })
})

async function adminToken(): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  return (await readFile(join(gateway.place.folder, 'admin-token'), 'utf8')).trim()
}

describe('a call that waits for a person', () => {
  const call = (id: number) => begin(['tools', 'call', 'demo_delete_note', `id=${id}`])
  const pending = () => gateway.json<Approval[]>('approvals', 'list')

  it('says so, and runs once it is approved', async () => {
    const waiting = call(1)
    const said = await waiting.says('Waiting for a person')
    const [, id = ''] = /approvals approve (\w{8})/.exec(await waiting.says(/approve \w{8}/)) ?? []
    expect(said).toContain('delete')
    const listed = await gateway.cli('approvals', 'list')
    expect(listed.stdout).toContain(`${id}  demo_delete_note  for admin`)
    expect(listed.stdout).toContain('arguments : {"id":1}')
    expect(await gateway.asApprover('approvals', 'approve', id)).toMatchObject({
      code: 0,
      stdout: 'Approved demo_delete_note for admin.\n',
    })
    expect(await waiting.ended).toMatchObject({ code: 0, stdout: 'Deleted note 1.\n' })
    expect((await gateway.cli('approvals', 'list')).stdout).toBe('Nothing waits for a person.\n')
  })

  it('is told why it was denied', async () => {
    const waiting = call(2)
    await waiting.says('Waiting for a person')
    const [approval] = await pending()
    const denied = await gateway.asApprover('approvals', 'deny', approval?.id ?? '', '--reason', 'keep that note', '--json')
    expect(JSON.parse(denied.stdout)).toMatchObject({ approved: false, tool_name: 'demo_delete_note' })
    const { code, stderr } = await waiting.ended
    expect(code).toBe(1)
    expect(stderr).toContain('keep that note')
    expect((await gateway.cli('approvals', 'list', '--history')).stdout).toMatch(/demo_delete_note +denied by approver +keep that note/)
  })

  it('is not decided with the admin token, by nobody, or under an id that is not there', async () => {
    const waiting = call(2)
    await waiting.says('Waiting for a person')
    const [approval] = await pending()
    const id = approval?.id ?? ''
    expect(await gateway.cli('approvals', 'approve', id)).toMatchObject({ code: 1, stdout: '' })
    expect(await begin(['approvals', 'approve', id], { env: { FAST_GATEWAY_APPROVER_TOKEN: await adminToken() } }).ended).toMatchObject({
      code: 1,
    })
    expect(await gateway.asApprover('approvals', 'approve', 'zzzz')).toMatchObject({ code: 1 })
    expect(await pending()).toHaveLength(1)
    waiting.child.kill()
    await waiting.ended
    await expect.poll(pending, { timeout: 5000 }).toEqual([])
  })

  it('is seen as it comes and goes', async () => {
    const watch = begin(['approvals', 'watch', '--json'])
    const words = begin(['approvals', 'watch'])
    await words.says('Watching')
    const waiting = call(2)
    await watch.says('"status":"pending"')
    await words.says('arguments : {"id":2}')
    const [approval] = await pending()
    await gateway.asApprover('approvals', 'deny', approval?.id ?? '')
    await watch.says('"status":"denied"')
    await words.says('denied by approver')
    await waiting.ended
    for (const one of [watch, words]) {
      one.child.kill()
      await one.ended
    }
  })

  it('is asked about on a terminal, one after the other', async () => {
    const watch = begin(['approvals', 'watch'], { terminal: true, env: { FAST_GATEWAY_APPROVER_TOKEN: approver } })
    await watch.says('Watching')
    const first = call(2)
    await watch.says('[a/d/S]')
    watch.type('d\r')
    await watch.says('Reason for the model')
    watch.type('not today\r')
    expect((await first.ended).stderr).toContain('not today')
    await watch.says('denied by approver')
    const second = call(2)
    await watch.says(/\[a\/d\/S\][^]*\[a\/d\/S\]/)
    watch.type('a\r')
    expect(await second.ended).toMatchObject({ code: 0, stdout: 'Deleted note 2.\n' })
    await watch.says('approved by approver')
    watch.type('\u0003')
    expect((await watch.ended).code).toBe(130)
  })
})
