import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Keytar } from '../../src/main/vault/keychain'
import { openVault } from '../../src/main/vault/open'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fast-gateway-vault-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
})

function newKeytar() {
  const kept = new Map<string, string>()
  const state = { locked: false, gone: false }
  const check = () => {
    if (state.gone) throw new Error('The name org.freedesktop.secrets was not provided by any .service files')
  }
  const keytar: Keytar = {
    getPassword: async (_service, account) => (check(), state.locked ? null : (kept.get(account) ?? null)),
    async setPassword(_service, account, password) {
      check()
      if (state.locked) throw new Error('Cannot create an item in a locked collection')
      kept.set(account, password)
    },
    deletePassword: async (_service, account) => (check(), kept.delete(account)),
    findCredentials: async () => (check(), [...kept.keys()].map((account) => ({ account }))),
  }
  return Object.assign(state, { kept, load: () => Promise.resolve(keytar) })
}
const noKeytar = () => Promise.reject(new Error("Cannot find package 'keytar'"))

interface Opened {
  readonly env?: Record<string, string>
  readonly load?: () => Promise<Keytar>
  readonly at?: string | null
}
function open({ env = {}, load = noKeytar, at = folder }: Opened = {}) {
  const warnings: string[] = []
  const vault = openVault({ folder: at, env, log: { warn: (message) => void warnings.push(message) }, loadKeytar: load })
  return { vault, warnings }
}

describe('the vault of a machine', () => {
  it('is the keychain where one answers, and nothing is said', async () => {
    const { vault, warnings } = open({ load: newKeytar().load })
    expect(await vault.status()).toMatchObject({ kind: 'keychain', state: 'ready' })
    expect([vault.kind, warnings]).toEqual(['keychain', []])
  })

  it('is encrypted files where none does: said in the log and in the status, with the reason and what to do', async () => {
    const { vault, warnings } = open()
    const { kind, state, detail } = await vault.status()
    expect([kind, state]).toEqual(['file', 'ready'])
    for (const words of ['No keychain is used', "Cannot find package 'keytar'", 'encrypted files', '$FAST_GATEWAY_VAULT_KEY'])
      expect(detail).toContain(words)
    expect(warnings).toEqual([detail])
  })

  it('is presumed at the start without asking the keychain, which might open a window', async () => {
    const keytar = newKeytar()
    const asked: string[] = []
    const load = async () =>
      new Proxy(await keytar.load(), { get: (target, name: keyof Keytar) => (name in target && asked.push(name), target[name]) })
    const { vault, warnings } = open({ load })
    await vault.announce()
    expect([vault.kind, asked, warnings]).toEqual(['keychain', [], []])
    await vault.status()
    expect([vault.kind, asked.length > 0, readdirSync(folder)]).toEqual(['keychain', true, []])
  })

  it('says at the start, and once, that it is not the keychain', async () => {
    const { vault, warnings } = open()
    await vault.announce()
    expect([vault.kind, warnings.length]).toEqual(['file', 1])
    await vault.set('a', 'one')
    await vault.announce()
    expect(warnings).toHaveLength(1)
  })

  it('is memory where there is no folder, and that is said too', async () => {
    const { vault, warnings } = open({ at: null })
    expect((await vault.status()).kind).toBe('memory')
    await vault.set('a', 'one')
    expect([await vault.get('a'), warnings.length]).toEqual(['one', 1])
  })

  it.each(['keychain', 'file', 'memory'])('is what FAST_GATEWAY_VAULT says: %s', async (kind) => {
    const { vault } = open({ env: { FAST_GATEWAY_VAULT: kind }, load: newKeytar().load })
    await vault.set('a', 'one')
    expect([vault.kind, await vault.get('a')]).toEqual([kind, 'one'])
  })

  it.each([
    ['cloud', null],
    ['file', null],
  ])('is not opened when FAST_GATEWAY_VAULT makes no sense: %s', (word, at) => {
    expect(() => open({ env: { FAST_GATEWAY_VAULT: word }, at })).toThrow('must be keychain, file, memory')
  })

  it('that was told to be the keychain does not become another: it says what is missing', async () => {
    const { vault, warnings } = open({ env: { FAST_GATEWAY_VAULT: 'keychain' } })
    expect(await vault.status()).toMatchObject({ kind: 'keychain', state: 'unavailable' })
    await expect(vault.set('a', 'one')).rejects.toMatchObject({ code: 'vault.unavailable' })
    expect([readdirSync(folder), warnings.length]).toEqual([[], 1])
  })
})

describe('what was kept in one vault is looked for there', () => {
  it('in the keychain: one that is locked or gone at the next start is waited for, and loses nothing', async () => {
    const keytar = newKeytar()
    await open(keytar).vault.set('a', 'one')
    for (const trouble of ['locked', 'gone'] as const) {
      keytar[trouble] = true
      const { vault, warnings } = open(keytar)
      expect(await vault.status()).toMatchObject({ kind: 'keychain', state: trouble === 'locked' ? 'locked' : 'unavailable' })
      for (const ask of [() => vault.get('a'), () => vault.set('a', 'two')])
        await expect(ask()).rejects.toMatchObject({ code: 'vault.unavailable' })
      expect(warnings).toHaveLength(1)
      keytar[trouble] = false
      expect((await vault.status()).state).toBe('ready')
      expect(await vault.get('a')).toBe('one')
    }
    expect(readdirSync(join(folder, 'vault'))).toEqual(['kind'])
  })

  it('in files: a keychain that is there at the next start does not hide them', async () => {
    await open().vault.set('a', 'one')
    const { vault, warnings } = open({ load: newKeytar().load })
    expect([await vault.get('a'), vault.kind, warnings.length]).toEqual(['one', 'file', 1])
    expect(readFileSync(join(folder, 'vault/kind'), 'utf8')).toBe('file\n')
  })

  it('a keychain that is locked at the very first start is waited for as well', async () => {
    const keytar = Object.assign(newKeytar(), { locked: true })
    const { vault, warnings } = open(keytar)
    expect(await vault.status()).toMatchObject({ kind: 'keychain', state: 'locked' })
    expect(warnings[0]).toContain('Unlock it')
  })

  it('a note of which that cannot be read is as none', async () => {
    await open().vault.set('a', 'one')
    writeFileSync(join(folder, 'vault/kind'), 'gibberish')
    expect((await open().vault.status()).kind).toBe('file')
  })
})
