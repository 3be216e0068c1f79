import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createKeychainVault, service, type Keytar } from '../../src/main/vault/keychain'

/** A keychain as keytar shows it: a locked one answers reading as if nothing were in it, and crashes the process when it is listed. */
function newKeychain() {
  const kept = new Map<string, string>()
  const keychain = { kept, locked: false, says: 'Cannot create an item in a locked collection', asked: 0, most: 0, running: 0 }
  let hung: (() => void)[] = []
  let hanging = false
  const at = (name: string, account: string) => {
    if (name !== service) throw new Error(`somebody else's entry was touched: ${name}`)
    return account
  }
  const through = async <T>(work: () => T): Promise<T> => {
    keychain.asked++
    keychain.most = Math.max(keychain.most, ++keychain.running)
    try {
      await (hanging ? new Promise<void>((resolve) => hung.push(resolve)) : Promise.resolve())
      return work()
    } finally {
      keychain.running--
    }
  }
  const keytar: Keytar = {
    getPassword: (name, account) => through(() => (keychain.locked ? null : (kept.get(at(name, account)) ?? null))),
    setPassword: (name, account, password) =>
      through(() => {
        if (keychain.locked) throw new Error(keychain.says)
        kept.set(at(name, account), password)
      }),
    deletePassword: (name, account) => through(() => !keychain.locked && kept.delete(at(name, account))),
    findCredentials: (name) =>
      through(() => {
        if (keychain.locked) throw new Error('Segmentation fault')
        return [...kept.keys()].map((account) => ({ account: at(name, account) }))
      }),
  }
  const hang = () => void (hanging = true)
  const letGo = () => {
    hanging = false
    for (const resolve of hung) resolve()
    hung = []
  }
  onTestFinished(letGo)
  return Object.assign(keychain, { keytar, hang, letGo })
}

const open = ({ keytar }: { keytar: Keytar }, times: { patienceMs?: number; restMs?: number } = {}) =>
  createKeychainVault({ load: () => Promise.resolve(keytar), restMs: 0, ...times })
const locked = { code: 'vault.unavailable', message: expect.stringContaining('is locked. Unlock it') as string }

describe('secrets in the keychain', () => {
  it('are kept under their own names, listed, replaced and removed', async () => {
    const keychain = newKeychain()
    const vault = open(keychain)
    await vault.set('b', 'two')
    await vault.set('a', 'zero')
    await vault.set('a', 'one')
    expect(keychain.kept.get('a')).toBe('one')
    expect([await vault.get('a'), await vault.get('nobody')]).toEqual(['one', undefined])
    expect(await vault.list()).toEqual(['a', 'b'].map((name) => ({ name, updated_at: null })))
    expect([await vault.remove('a'), await vault.remove('a')]).toEqual([true, false])
    expect((await vault.list()).map(({ name }) => name)).toEqual(['b'])
    expect(await vault.status()).toEqual({ kind: 'keychain', state: 'ready', detail: null })
  })

  it('are not said to be kept when the keychain changed them', async () => {
    const keychain = newKeychain()
    const { setPassword } = keychain.keytar
    keychain.keytar.setPassword = (name, account, password) => setPassword(name, account, password.slice(0, 3))
    await expect(open(keychain).set('a', 'a long value')).rejects.toThrow('did not keep the value')
  })
})

describe('a locked keychain', () => {
  it.each([
    'Cannot create an item in a locked collection',
    'Prompt was dismissed',
    'User interaction is not allowed.',
    'User canceled the operation.',
  ])('is said to be locked, not empty, and nothing is lost: %s', async (says) => {
    const keychain = Object.assign(newKeychain(), { says })
    const vault = open(keychain)
    await vault.set('a', 'one')
    const before = new Map(keychain.kept)
    keychain.locked = true
    for (const ask of [() => vault.get('a'), () => vault.set('a', 'two'), () => vault.remove('a'), () => vault.list()])
      await expect(ask()).rejects.toMatchObject(locked)
    expect(await vault.status()).toMatchObject({ kind: 'keychain', state: 'locked' })
    expect(keychain.kept).toEqual(before)
    keychain.locked = false
    expect([await vault.get('a'), (await vault.status()).state]).toEqual(['one', 'ready'])
  })

  it('is not asked again at once by a mere reading, which would open window after window; a person who asks is heard', async () => {
    const keychain = newKeychain()
    const vault = open(keychain, { restMs: 60_000 })
    await vault.set('a', 'one')
    keychain.locked = true
    await expect(vault.get('a')).rejects.toMatchObject(locked)
    const { asked } = keychain
    await expect(vault.get('a')).rejects.toMatchObject(locked)
    expect(keychain.asked).toBe(asked)
    keychain.locked = false
    expect((await vault.status()).state).toBe('ready')
    expect(await vault.get('a')).toBe('one')
  })

  it('that hangs until a person answers holds up nobody, takes one thread only, and is good again afterwards', async () => {
    const keychain = newKeychain()
    const vault = open(keychain, { patienceMs: 40 })
    await vault.set('a', 'one')
    keychain.hang()
    const outcomes = await Promise.allSettled([vault.get('a'), vault.get('b'), vault.list(), vault.set('c', 'three')])
    for (const each of outcomes) expect(each).toMatchObject({ status: 'rejected', reason: locked })
    expect((await vault.status()).state).toBe('locked')
    expect(keychain.most).toBe(1)
    keychain.letGo()
    await vi.waitFor(async () => expect(await vault.get('a')).toBe('one'))
    // What had not begun when it was given up never begins.
    expect(keychain.kept.has('c')).toBe(false)
  })
})

describe('a keychain that is not there', () => {
  it.each(['Cannot autolaunch D-Bus without X11 $DISPLAY', 'Could not connect: No such file or directory'])(
    'is unavailable, which is another thing than locked: %s',
    async (words) => {
      const vault = createKeychainVault({ load: () => Promise.reject(new Error(words)) })
      expect(await vault.status()).toMatchObject({
        state: 'unavailable',
        detail: expect.stringContaining('FAST_GATEWAY_VAULT=file') as string,
      })
      await expect(vault.get('a')).rejects.toMatchObject({ code: 'vault.unavailable' })
    },
  )
})
