import type { Vault } from '../../gateway/secrets'

/** Bytes of one entry: the credential store of Windows takes 2,560. */
const mostBytes = 2_000

/**
 * Texts of any length in a vault whose entries are short. New parts are written beside the old ones and the entry that names them last,
 * so that a process that dies in the middle has lost nothing.
 */
export async function setLong(vault: Vault, name: string, text: string): Promise<void> {
  const before = await vault.get(name)
  const parts = split(text)
  const [only] = parts
  if (parts.length === 1 && only !== undefined) await vault.set(name, `=${only}`)
  else {
    const side = before?.startsWith('#a') ? 'b' : 'a'
    for (const [i, part] of parts.entries()) await vault.set(`${name}.${side}${i}`, part)
    await vault.set(name, `#${side}${parts.length}`)
  }
  await removeParts(vault, name, before)
}

export async function getLong(vault: Vault, name: string): Promise<string | undefined> {
  const head = await vault.get(name)
  if (!head?.startsWith('#')) return head?.slice(1)
  const parts = await Promise.all(partsOf(name, head).map((part) => vault.get(part)))
  return parts.includes(undefined) ? undefined : parts.join('')
}

export async function removeLong(vault: Vault, name: string): Promise<void> {
  const head = await vault.get(name)
  await vault.remove(name)
  await removeParts(vault, name, head)
}

async function removeParts(vault: Vault, name: string, head: string | undefined): Promise<void> {
  for (const part of head?.startsWith('#') ? partsOf(name, head) : []) await vault.remove(part)
}

const partsOf = (name: string, head: string): string[] =>
  Array.from({ length: Number(head.slice(2)) }, (_, i) => `${name}.${head.charAt(1)}${i}`)

/** ASCII only comes in here: tokens and JSON without other letters. */
function split(text: string): string[] {
  const parts: string[] = []
  for (let at = 0; at < text.length; at += mostBytes) parts.push(text.slice(at, at + mostBytes))
  return parts
}
