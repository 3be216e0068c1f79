import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  readdirSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ConfigSource } from '../../src/main/gateway/config'
import { openConfigFile } from '../../src/main/gateway/config-file'
import { createLog, silentLog } from '../../src/main/gateway/log'
import { denyEverything } from '../../src/shared/policy'
import { PolicyDocument } from '../../src/shared/records'

let folder: string
let file: string
const open: ConfigSource[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'))
  file = join(folder, 'gateway.json')
})
afterEach(() => {
  for (const source of open.splice(0)) source.close()
  rmSync(folder, { recursive: true, force: true })
})

const write = (json: unknown, path = file) => writeFileSync(path, typeof json === 'string' ? json : JSON.stringify(json))
function opened(json?: unknown): ConfigSource {
  if (json !== undefined) write(json)
  const source = openConfigFile(file, silentLog)
  open.push(source)
  return source
}
/** Waits until what is told makes the condition true. */
const until = (source: ConfigSource, condition: () => boolean) =>
  new Promise<void>((resolve) => {
    const look = () => {
      if (!condition()) return
      stop()
      resolve()
    }
    const stop = source.onChange(look)
    look()
  })

describe('a config file in use', () => {
  it('is taken anew when it is edited in place', async () => {
    const source = opened({ name: 'one' })
    write({ name: 'two' })
    await until(source, () => source.current().name === 'two')
  })
  it('is taken anew when an editor renames another file over it, again and again', async () => {
    const source = opened({ name: 'v0' })
    for (const name of ['v1', 'v2', 'v3']) {
      write({ name }, `${file}.swp`)
      renameSync(`${file}.swp`, file)
      await until(source, () => source.current().name === name)
    }
  })
  it('settles on the last of several quick writes', async () => {
    const source = opened({ name: 'v0' })
    const seen: string[] = []
    source.onChange(() => seen.push(source.current().name))
    for (let i = 1; i <= 20; i++) write({ name: `v${i}` })
    await until(source, () => source.current().name === 'v20')
    expect(seen.length).toBeLessThan(5)
  })
  it('keeps the last good one after a broken edit, says why, and recovers', async () => {
    const source = opened({ name: 'good', policy: { deny: ['x_*'] } })
    write('{ "name": "broken", ')
    await until(source, () => source.error !== null)
    expect(source.error).toContain('is not JSON')
    expect([source.safeMode, source.current().name, source.policy().deny]).toEqual([false, 'good', ['x_*']])
    write({ nmae: 'typo' })
    await until(source, () => source.error?.includes('did you mean "name"?') ?? false)
    expect(source.current().name).toBe('good')
    write({ name: 'mended' })
    await until(source, () => source.error === null)
    expect(source.current().name).toBe('mended')
  })
  it('keeps the last good one when it is deleted, and takes it when it is back', async () => {
    const source = opened({ name: 'good' })
    unlinkSync(file)
    await until(source, () => source.error !== null)
    expect([source.error, source.current().name]).toEqual([expect.stringContaining('is not there'), 'good'])
    write({ name: 'back' })
    await until(source, () => source.current().name === 'back')
  })
  it('tells nothing when nothing but spaces changed, and keeps the policy the same object', async () => {
    const source = opened({ name: 'a', policy: { deny: ['x'] } })
    const policy = source.policy()
    let told = 0
    source.onChange(() => void told++)
    write('{ "name" : "a", "policy": {"deny": ["x"] } }')
    write({ name: 'b', policy: { deny: ['x'] } })
    await until(source, () => source.current().name === 'b')
    expect([told, source.policy() === policy]).toEqual([1, true])
  })
  it('goes on telling the others when one listener fails', async () => {
    const source = opened({ name: 'a' })
    source.onChange(() => {
      throw new Error('listener broke')
    })
    write({ name: 'b' })
    await until(source, () => source.current().name === 'b')
  })
  it('never repeats a value of a broken file in error or log', async () => {
    const lines: string[] = []
    write('{"admin_token": "hunter2hunter2hunter2" x')
    const source = openConfigFile(file, createLog({ level: 'debug', format: 'text', write: (line) => void lines.push(line) }))
    open.push(source)
    expect(`${source.error} ${lines.join()}`).not.toContain('hunter2')
    expect(lines.join()).toContain('SAFE MODE')
  })
})

describe('a config file that is broken from the start', () => {
  it.each(['', '{', '[]', '{"port": "x"}', undefined])('means safe mode: %j', (text) => {
    const source = opened(text)
    expect([source.safeMode, source.policy(), source.current().host]).toEqual([true, denyEverything, '127.0.0.1'])
    expect(source.error).toContain(file)
  })
  it('is in force as soon as it is mended', async () => {
    const source = opened('{')
    write({ name: 'mended' })
    await until(source, () => !source.safeMode)
    expect([source.current().name, source.policy().deny, source.error]).toEqual(['mended', [], null])
  })
})

describe('a policy file', () => {
  it.each([{ deny: ['file_*'] }, { policy: { deny: ['file_*'] } }])('replaces the policy of the config: %j', (json) => {
    write(json, join(folder, 'policy.json'))
    const source = opened({ policy_file: 'policy.json', policy: { deny: ['inline_*'] } })
    expect(source.policy().deny).toEqual(['file_*'])
  })
  it('is watched too, and a broken edit keeps the last good one', async () => {
    const policyFile = join(folder, 'policy.json')
    write({ deny: ['a'] }, policyFile)
    const source = opened({ policy_file: 'policy.json' })
    write({ deny: ['b'] }, policyFile)
    await until(source, () => source.policy().deny[0] === 'b')
    write({ dney: [] }, policyFile)
    await until(source, () => source.error !== null)
    expect(source.policy().deny).toEqual(['b'])
    expect(source.error).toContain(`${policyFile}: dney is not a known key; did you mean "deny"?`)
  })
  it.each(['{', undefined])('that cannot be read at start (%j) means safe mode until it can', async (text) => {
    const policyFile = join(folder, 'policy.json')
    if (text !== undefined) write(text, policyFile)
    const source = opened({ policy_file: 'policy.json' })
    expect([source.safeMode, source.policy()]).toEqual([true, denyEverything])
    write({ deny: ['c'] }, policyFile)
    await until(source, () => !source.safeMode)
    expect(source.policy().deny).toEqual(['c'])
  })
})

describe('saving', () => {
  const policy = PolicyDocument.parse({ deny: ['new_*'] })

  it('changes the keys that it is given, keeps the others and their order, the indentation and the mode', async () => {
    write('{\n    "port": 9000,\n    "policy": { "deny": ["old"] },\n    "name": "mine"\n}\n')
    chmodSync(file, 0o640)
    const source = opened()
    let told = 0
    source.onChange(() => void told++)
    await source.savePolicy(policy)
    await source.save({ port: 9001, list_mode: 'meta' })
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object)).toEqual(['port', 'policy', 'name', 'list_mode'])
    expect(readFileSync(file, 'utf8')).toMatch(/^\{\n {4}"port": 9001,/)
    expect([source.policy().deny, source.current().port, told]).toEqual([['new_*'], 9001, 2])
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o640)
    expect(readdirSync(folder)).toEqual(['gateway.json'])
  })
  it('is told once, though the file is watched', async () => {
    const source = opened({ name: 'a' })
    const told: string[] = []
    source.onChange(() => told.push(source.current().name))
    await source.save({ name: 'saved' })
    write({ name: 'edited' })
    await until(source, () => source.current().name === 'edited')
    expect(told).toEqual(['saved', 'edited'])
  })
  it('says so when a policy is saved beside a config that is broken by now', async () => {
    write({ deny: [] }, join(folder, 'policy.json'))
    const source = opened({ policy_file: 'policy.json' })
    write({ policy_file: 'policy.json', nmae: 'typo' })
    await expect(source.savePolicy(policy)).rejects.toThrow('It is saved, but not in force')
    expect(source.policy().deny).toEqual([])
    write({ policy_file: 'policy.json' })
    await until(source, () => source.error === null)
    expect(source.policy()).toEqual(policy)
  })
  it('sees what was edited a moment before', async () => {
    const source = opened({ name: 'a' })
    write({ name: 'just edited' })
    await source.save({ port: 9001 })
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ name: 'just edited', port: 9001 })
  })
  it('refuses values that are wrong and leaves the file alone', async () => {
    const source = opened({ name: 'a' })
    await expect(source.save({ port: -1 })).rejects.toMatchObject({ code: 'config.invalid' })
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ name: 'a' })
  })
  it('never overwrites a file that is not JSON', async () => {
    const source = opened('{ "half": ')
    await expect(source.save({ name: 'b' })).rejects.toMatchObject({ code: 'config.invalid' })
    await expect(source.savePolicy(policy)).rejects.toMatchObject({ code: 'config.invalid' })
    expect(readFileSync(file, 'utf8')).toBe('{ "half": ')
  })
  it.each([
    [{ deny: ['a'], audit: false }, { ...policy }],
    [
      { note: 'mine', policy: { deny: ['a'] } },
      { note: 'mine', policy },
    ],
  ])('puts a policy where the present one lives: %j', async (json, saved) => {
    const policyFile = join(folder, 'policy.json')
    write(json, policyFile)
    const source = opened({ policy_file: 'policy.json' })
    await source.savePolicy(policy)
    expect(JSON.parse(readFileSync(policyFile, 'utf8'))).toEqual(saved)
    expect([source.policy(), JSON.parse(readFileSync(file, 'utf8'))]).toEqual([policy, { policy_file: 'policy.json' }])
  })
  it.each([
    ['a policy', (source: ConfigSource) => source.savePolicy(policy)],
    ['settings', (source: ConfigSource) => source.save({ name: 'c' })],
  ])('does not write %s over an edit that was not yet in force, but takes that', async (_what, save) => {
    const source = opened({ name: 'a' })
    const edited = { name: 'b', policy: { deny: ['*'] } }
    write(edited)
    await expect(save(source)).rejects.toMatchObject({ code: 'change.stale' })
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(edited)
    expect([source.current().name, source.policy().deny]).toEqual(['b', ['*']])
    await save(source)
    expect(JSON.parse(readFileSync(file, 'utf8'))).not.toEqual(edited)
  })
  it.runIf(process.platform !== 'win32')('waits for no pipe that stands where a file should', () => {
    execFileSync('mkfifo', [join(folder, 'policy.json')])
    const source = opened({ policy_file: 'policy.json' })
    expect([source.safeMode, source.error]).toEqual([true, expect.stringContaining('policy.json cannot be read')])
  })
  it.runIf(process.platform !== 'win32')('writes through a link', async () => {
    write({ name: 'real' }, join(folder, 'real.json'))
    symlinkSync(join(folder, 'real.json'), file)
    const source = opened()
    await source.save({ name: 'changed' })
    expect(lstatSync(file).isSymbolicLink()).toBe(true)
    expect(JSON.parse(readFileSync(join(folder, 'real.json'), 'utf8'))).toEqual({ name: 'changed' })
  })
})
