import { redactText } from '../../../shared/redact'
import { checkNoRawSecrets, hasReference } from '../../gateway/secrets'
import { isSecretName } from './mask'

/** A raw secret that was found, and the name under which the vault is to keep it. */
export interface FoundSecret {
  readonly field: string
  readonly name: string
  readonly value: string
}

/** Fields whose values may be references. */
export type SecretField = 'static_headers' | 'env'

/** The value as it may be stored; `secret` is what the vault keeps of it, `problem` why it can do neither. */
export type Vaulted = { readonly text: string; readonly secret?: FoundSecret } | { readonly text: string; readonly problem: string }

/** `Bearer`, `Basic` and their like are no part of the secret. */
const scheme = /^((?:bearer|basic|token|apikey)\s+)(\S[^]*)$/i

/** A value whose raw secret is a reference to the vault instead. References, and what is no secret, stay. */
export function vaulted(field: SecretField, key: string, value: string, nameOf: () => string): Vaulted {
  if (!isRawSecret(field, key, value)) return { text: value }
  const path = `${field}.${key}`
  if (hasReference(value)) return { text: redacted, problem: `${path} mixes a secret with a reference. Add the server by hand.` }
  const [, kept = '', secret = value] = scheme.exec(value) ?? []
  const name = nameOf()
  return { text: `${kept}\${keychain:${name}}`, secret: { field: path, name, value: secret } }
}

/** What stands for a secret that can go nowhere. */
export const redacted = '[redacted]'

function isRawSecret(field: SecretField, key: string, value: string): boolean {
  try {
    checkNoRawSecrets({ [field]: Object.fromEntries([[key, value]]) })
  } catch {
    return true
  }
  return isSecretName(key) && /^[\w.+/=~-]{8,}$/.test(value) && !/^(?:\.{0,2}|~)\/|^\d+$/.test(value) && !hasReference(value)
}

/** Whether a text that takes no references holds a secret. */
export const holdsSecret = (text: string): boolean => redactText(text) !== text
