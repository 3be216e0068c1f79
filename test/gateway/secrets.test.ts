import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  checkNoRawSecrets,
  hasReference,
  largestSecretFile,
  resolveEnv,
  resolveHeaders,
  resolveSecrets,
  resolveUrl,
  varsFromHeaders,
  type SecretSources,
} from '../../src/main/gateway/secrets'
import { GatewayError } from '../../src/shared/errors'
import { redactKnown } from '../../src/shared/known-secrets'
import { createMemoryVault } from '../../src/main/vault/memory'

let folder: string
let sources: SecretSources
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'secrets-'))
  writeFileSync(join(folder, 'key'), 'from-file\n')
  writeFileSync(join(folder, 'large'), 'x'.repeat(largestSecretFile + 1))
  writeFileSync(join(folder, 'empty'), '\n')
  const env = { TOKEN: 'from-env', NESTED: '${env:TOKEN}', EMPTY: '', LINES: 'a\r\nX-Evil: 1', DOLLAR: "$&$'$1" }
  sources = { env, vars: { user: 'ada' }, vault: createMemoryVault({ github: 'from-vault' }), folder }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a reference', () => {
  it.each([
    ['Bearer ${env:TOKEN}', 'Bearer from-env'],
    ['${file:key}', 'from-file'],
    ['${keychain:github}', 'from-vault'],
    ['${var:user}', 'ada'],
    ['${var:user}:${env:TOKEN}/${file:key}', 'ada:from-env/from-file'],
    ['${env:NESTED}', '${env:TOKEN}'],
    ['${env:DOLLAR}!', "$&$'$1!"],
    ['nothing $here ${other:X} ${}', 'nothing $here ${other:X} ${}'],
  ])('in %j becomes what it stands for', async (text, value) => expect(await resolveSecrets(text, sources)).toBe(value))

  it.each([
    '${env:MISSING}',
    '${env:EMPTY}',
    '${env:constructor}',
    '${file:missing}',
    '${file:large}',
    '${file:empty}',
    '${file:.}',
    '${keychain:nobody}',
    '${var:none}',
    '${var:__proto__}',
  ])('that leads nowhere is a loud error: %s', async (text) => {
    const outcome = resolveSecrets(`x ${text}`, sources, 'static_headers.X')
    await expect(outcome).rejects.toMatchObject({ code: 'secret.unresolved' })
    await expect(outcome).rejects.toThrow(`static_headers.X: ${text}`)
  })
  it('to the keychain fails when none is open', async () =>
    expect(resolveSecrets('${keychain:github}', { ...sources, vault: null })).rejects.toThrow('no keychain is open'))
  it.runIf(process.platform !== 'win32')('to a device fails instead of reading for ever', async () =>
    expect(resolveSecrets('${file:/dev/zero}', sources)).rejects.toMatchObject({ code: 'secret.unresolved' }),
  )
  it('is recognised only in its four kinds', () =>
    expect(['${env:A}', '${file:/x}', '${keychain:k}', '${var:v}', '${foo:a}', 'env:A'].map(hasReference)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]))
  it('cannot smuggle a line break into a header', async () => {
    await expect(resolveHeaders({ 'X-A': '${env:LINES}' }, sources)).rejects.toThrow('static_headers.X-A')
    expect(await resolveHeaders({ 'X-A': '${env:TOKEN}' }, sources)).toEqual({ 'X-A': 'from-env' })
  })
  it('may stand for several lines in an environment variable', async () =>
    expect(await resolveEnv({ KEY: '${env:LINES}' }, sources)).toEqual({ KEY: 'a\r\nX-Evil: 1' }))
  it('to a secret that is not there says what to type', async () =>
    expect(resolveSecrets('${keychain:nobody}', sources)).rejects.toThrow('fast-gateway secret set nobody'))
  it('to a vault that cannot be read says why', async () => {
    const get = () => Promise.reject(new GatewayError('vault.unavailable', 'The keychain is locked. Unlock it.'))
    const outcome = resolveSecrets('${keychain:github}', { ...sources, vault: { ...createMemoryVault(), get } }, 'env.TOKEN')
    await expect(outcome).rejects.toMatchObject({
      code: 'secret.unresolved',
      message: expect.stringMatching(/^env\.TOKEN: .*Unlock it\.$/) as string,
    })
  })
  it('has what it stands for masked from then on, save a variable whose name is no secret', async () => {
    const env = { DEPLOY_TOKEN: 'value-of-a-token', REGION_NAME: 'eu-central-1' }
    writeFileSync(join(folder, 'masked'), 'value-of-a-file')
    const vault = createMemoryVault({ masked: 'value-of-a-vault' })
    await resolveSecrets('${env:DEPLOY_TOKEN} ${env:REGION_NAME} ${file:masked} ${keychain:masked}', { ...sources, env, vault })
    expect(redactKnown('value-of-a-token eu-central-1 value-of-a-file value-of-a-vault')).toBe(
      '[redacted] eu-central-1 [redacted] [redacted]',
    )
  })
  it('in a URL stands for one part of it, whatever it holds', async () => {
    const vault = createMemoryVault({ key: 'a/b?c=d&e#@evil.test' })
    expect(await resolveUrl('https://a.test/mcp?key=${keychain:key}&x=1', { ...sources, vault })).toBe(
      'https://a.test/mcp?key=a%2Fb%3Fc%3Dd%26e%23%40evil.test&x=1',
    )
    await expect(resolveUrl('https://a.test/${keychain:none}', { ...sources, vault })).rejects.toThrow('url: ${keychain:none}')
  })
  it('does not name the value in the error', async () =>
    expect(resolveHeaders({ 'X-A': '${env:LINES}' }, sources)).rejects.not.toThrow('Evil'))
})

describe('a secret written out', () => {
  it.each([
    ['a header of that name', { static_headers: { Authorization: 'Bearer abc' } }, 'static_headers.Authorization'],
    ['a header like it', { static_headers: { 'X-Gitlab-Token': 'abc' } }, 'static_headers.X-Gitlab-Token'],
    ['any header that looks so', { static_headers: { 'X-Custom': `sk-${'a'.repeat(24)}` } }, 'static_headers.X-Custom'],
    ['a reference with a secret beside it', { static_headers: { 'X-Api-Key': `\${env:A}ghp_${'a'.repeat(24)}` } }, 'X-Api-Key'],
    ['an environment variable', { env: { GITHUB_TOKEN: 'abc' } }, 'env.GITHUB_TOKEN'],
    ['a database URL', { env: { DATABASE_URL: 'postgres://me:pw@db/x' } }, 'env.DATABASE_URL'],
    ['oauth_client_secret', { oauth_client_secret: 'abc' }, 'oauth_client_secret'],
    ['a url', { url: 'https://me:pw@example.org/mcp' }, 'url'],
    ['the query of a url', { url: 'https://example.org/mcp?api_key=abcd1234' }, 'url'],
  ])('in %s is refused', (_where, draft, field) => {
    const check = () => checkNoRawSecrets(draft)
    expect(check).toThrow(expect.objectContaining({ code: 'input.invalid' }))
    expect(check).toThrow(field)
    expect(check).toThrow('${env:NAME}')
    expect(check).not.toThrow('abc')
  })
  it.each([
    {
      static_headers: {
        Authorization: 'Bearer ${env:X}',
        'X-Api-Key': '${file:/run/k}',
        Cookie: 'session=${keychain:s}; theme=dark',
        'X-Team': 'blue',
      },
    },
    {
      env: {
        GITHUB_TOKEN: '${env:T}',
        TOKEN_FILE: '/run/t',
        MAX_TOKENS: '4096',
        GOOGLE_APPLICATION_CREDENTIALS: '/etc/gcp.json',
        PASSWORD: '',
        PATH: '/bin',
      },
    },
    { env: { DATABASE_URL: 'postgres://me:${env:PW}@db/x' }, oauth_client_secret: '${keychain:c}', url: 'https://example.org/mcp' },
    { url: 'https://example.org/mcp?api_key=${keychain:k}&page_token=1' },
    {},
  ])('is not seen where references are: %j', (draft) => expect(() => checkNoRawSecrets(draft)).not.toThrow())
})

describe('variables of a request', () => {
  it('are the headers that header_vars names', () =>
    expect(
      varsFromHeaders({ 'x-user': 'ada', 'x-tags': ['a', 'b'], other: 'no' }, { 'X-User': 'user', 'x-tags': 'tags', 'x-none': 'none' }),
    ).toEqual({ user: 'ada', tags: 'a, b' }))
  it.each(['authorization', 'Authorization', 'cookie', 'Proxy-Authorization'])('never hold the credential %s of the caller', (header) =>
    expect(varsFromHeaders({ [header.toLowerCase()]: 'Bearer x' }, { [header]: 'stolen' })).toEqual({}),
  )
  it('are not found in the prototype', () => expect(varsFromHeaders({}, { constructor: 'x' })).toEqual({}))
})
