import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/main/gateway/config'
import { configFromValues, databaseFileOf, findConfig, locateConfig } from '../../src/main/gateway/config-file'
import { GatewayError } from '../../src/shared/errors'
import { nearest } from '../../src/shared/nearest'
import { denyEverything } from '../../src/shared/policy'
import { PolicyDocument } from '../../src/shared/records'

function refusal(json: unknown): string {
  try {
    parseConfig(json)
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'config.invalid') return error.message
  }
  throw new Error('it was taken')
}

describe('a configuration', () => {
  it('has the defaults of the reference, save the port', () =>
    expect(parseConfig({})).toMatchObject({
      name: 'MCP Gateway',
      db: 'gateway.db',
      host: '127.0.0.1',
      port: 7411,
      mcp_path: '/mcp',
      admin_prefix: '/admin',
      mcp_auth: 'token',
      list_mode: 'all',
      startup_catalog: 'background',
      hil: { timeout_seconds: 300 },
      policy: { deny: [], audit: true, rules: [], default: 'allow' },
    }))
  it.each([
    [{ prot: 1 }, 'prot is not a known key; did you mean "port"?'],
    [{ policy: { confrim: [] } }, 'policy.confrim is not a known key; did you mean "confirm"?'],
    [
      { policy: { rules: [{ effect: 'ask' }, { effct: 'ask', effect: 'ask' }] } },
      'policy.rules[1].effct is not a known key; did you mean "effect"?',
    ],
    [{ hil: { time_out_seconds: 1 } }, 'hil.time_out_seconds is not a known key; did you mean "timeout_seconds"?'],
    [{ PORT: 1 }, 'did you mean "port"?'],
    [{ zzzzzzzz: 1 }, 'zzzzzzzz is not a known key; known keys are name, db'],
    [{ port: '80' }, 'port must be a number, not a string.'],
    [{ policy: { deny: 'x' } }, 'policy.deny must be an array, not a string.'],
    [{ policy: { rules: [{}] } }, 'policy.rules[0].effect must be "deny" or "ask" or "allow", not missing.'],
    [{ mcp_auth: 'off' }, 'mcp_auth must be "token" or "none", not this string.'],
    [{ port: 70_000 }, 'port must be at most 65535.'],
    [[], '(top level) must be an object, not an array.'],
    [null, '(top level) must be an object, not null.'],
    [{ policy: { deny: ['ok', '*a*b*c*d'] } }, 'policy.deny[1]: The pattern'],
    [{ policy: { rules: [{ effect: 'deny', tool: '{a' }] } }, 'policy.rules[0].tool: The pattern'],
    [{ header_vars: { Authorization: 'x' } }, 'header_vars.Authorization names a credential'],
    [JSON.parse('{"__proto__": {"port": 1}}'), '__proto__ is not a known key'],
  ])('%j is refused with the words "%s"', (json, words) => expect(refusal(json)).toContain(words))
  it('that is wrong in several places is refused for all of them', () =>
    expect(refusal({ prot: 1, mcp_auth: 2 })).toMatch(/mcp_auth.*prot|prot.*mcp_auth/))
  it('never shows a value in the refusal', () => expect(refusal({ admin_token: 'hunter2', port: 'hunter2' })).not.toContain('hunter2'))
  it('may refer to the admin token instead of holding it', () =>
    expect(parseConfig({ admin_token: '${env:A}' }).admin_token).toBe('${env:A}'))
})

describe('the nearest key', () => {
  it.each([
    ['prot', 'port'],
    ['hots', 'host'],
    ['adminToken', 'admin_token'],
    ['policyfile', 'policy_file'],
  ])('to %s is %s', (typed, meant) => expect(nearest(typed, ['name', 'port', 'host', 'admin_token', 'policy', 'policy_file'])).toBe(meant))
  it('to something far from all is none', () => expect(nearest('completely_else', ['port', 'host'])).toBeNull())
})

describe('looking for the config', () => {
  let folder: string
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'find-'))))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const search = (parts: { flag?: string; env?: string } = {}) =>
    findConfig({ flag: parts.flag, env: { FAST_GATEWAY_CONFIG: parts.env }, cwd: folder, home: join(folder, 'home') })
  const put = (name: string) => {
    writeFileSync(join(folder, name), '{}')
    return join(folder, name)
  }

  it('takes --config before the environment before the working folder', () => {
    const [flag, env, here] = [put('flag.json'), put('env.json'), put('gateway.json')]
    expect(search({ flag: 'flag.json', env }).file).toBe(flag)
    expect(search({ env }).file).toBe(env)
    expect(search()).toEqual({ file: here, created: false })
  })
  it.each([
    [{ flag: 'missing.json' }, '--config'],
    [{ env: 'missing.json' }, '$FAST_GATEWAY_CONFIG'],
    [{ flag: '.' }, '--config'],
  ])('fails when %j names no file', (parts, by) => {
    expect(() => search(parts)).toThrow(expect.objectContaining({ code: 'config.invalid' }))
    expect(() => search(parts)).toThrow(by)
  })
  it('makes a first one for its owner only, and finds it the next time', () => {
    const { file, created } = search()
    expect([file, created]).toEqual([join(folder, 'home', '.fast-gateway', 'gateway.json'), true])
    expect(() => parseConfig(JSON.parse(readFileSync(file, 'utf8')))).not.toThrow()
    if (process.platform !== 'win32') {
      expect(statSync(file).mode & 0o777).toBe(0o600)
      expect(statSync(join(folder, 'home', '.fast-gateway')).mode & 0o777).toBe(0o700)
    }
    expect(search()).toEqual({ file, created: false })
  })
  it('says where it would be without making one', () => {
    const own = join(folder, 'home', '.fast-gateway', 'gateway.json')
    const where = () => locateConfig({ flag: undefined, env: {}, cwd: folder, home: join(folder, 'home') })
    expect(where()).toEqual({ file: own, exists: false })
    expect(where()).toEqual({ file: own, exists: false })
    search()
    expect(where()).toEqual({ file: own, exists: true })
  })
})

it('the registry is relative to the folder of its config, or where its path says', () => {
  expect(databaseFileOf('/etc/mine/gateway.json', { db: 'data/gateway.db' })).toBe(resolve('/etc/mine/data/gateway.db'))
  expect(databaseFileOf('/etc/mine/gateway.json', { db: '/var/lib/gateway.db' })).toBe(resolve('/var/lib/gateway.db'))
})

describe('a configuration of values', () => {
  it('refreshes the catalogue at start unless told otherwise', () => {
    const source = configFromValues({})
    expect([source.current().startup_catalog, source.file, source.safeMode]).toEqual(['refresh', null, false])
    source.close()
  })
  it('fails at once for values that are wrong', () => expect(() => configFromValues({ port: -1 })).toThrow('port'))
  it('fails at once for a policy file that cannot be read', () =>
    expect(() => configFromValues({ policy_file: 'no-such-policy.json' })).toThrow('no-such-policy.json'))
  it('takes changes in memory and tells of them', async () => {
    const source = configFromValues({ name: 'mine' })
    let told = 0
    source.onChange(() => void told++)
    await source.savePolicy(PolicyDocument.parse({ deny: ['x_*'] }))
    await source.save({ list_mode: 'meta' })
    expect([source.policy().deny, source.current().list_mode, source.current().name, told]).toEqual([['x_*'], 'meta', 'mine', 2])
    await expect(source.savePolicy({ ...denyEverything, deny: ['{'] })).rejects.toThrow('deny[0]')
    source.close()
  })
})
