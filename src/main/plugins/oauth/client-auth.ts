import { createPrivateKey, randomUUID, sign, type KeyObject } from 'node:crypto'
import { GatewayError } from '../../../shared/errors'

/** How a client proves itself at a token endpoint. */
export type AuthMethod = 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt'

/** Who we are at one authorization server. */
export interface Client {
  readonly id: string
  /** A password, or a private key: PEM, or a JWK as JSON. */
  readonly secret: string | undefined
  readonly method: AuthMethod
}

/** Seconds that an assertion is good for. */
const assertionSeconds = 120

/** Whether a secret is a private key rather than a password. */
export const isPrivateKey = (secret: string): boolean => /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(secret) || /^\s*\{[^]*"kty"/.test(secret)

/** The method for this secret among those that the server takes; RFC 8414 makes basic the default. */
export function methodFor(secret: string | undefined, supported: readonly string[] | undefined): AuthMethod {
  if (secret === undefined) return 'none'
  if (isPrivateKey(secret)) return 'private_key_jwt'
  const known = supported ?? ['client_secret_basic']
  return known.includes('client_secret_post') && !known.includes('client_secret_basic') ? 'client_secret_post' : 'client_secret_basic'
}

/** Adds the proof to a form and its headers. @param audience the issuer, or the endpoint where no issuer is known */
export function prove(client: Client, form: URLSearchParams, audience: string): Record<string, string> {
  const { id, secret = '', method } = client
  if (method === 'client_secret_basic')
    return { authorization: `Basic ${Buffer.from(`${encoded(id)}:${encoded(secret)}`).toString('base64')}` }
  form.set('client_id', id)
  if (method === 'client_secret_post') form.set('client_secret', secret)
  if (method === 'private_key_jwt') {
    form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    form.set('client_assertion', assertion(id, secret, audience))
  }
  return {}
}

/** As a form has it (RFC 6749, section 2.3.1). */
const encoded = (text: string) => new URLSearchParams({ '': text }).toString().slice(1)

/** RFC 7523, section 2.2. */
function assertion(id: string, secret: string, audience: string): string {
  const { key, kid } = keyIn(secret)
  const { alg, hash } = algorithmOf(key)
  const now = Math.floor(Date.now() / 1000)
  const head = { alg, typ: 'JWT', ...(kid === undefined ? {} : { kid }) }
  const claims = { iss: id, sub: id, aud: audience, jti: randomUUID(), iat: now, exp: now + assertionSeconds }
  const signed = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const signature = sign(hash, Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

function keyIn(secret: string): { readonly key: KeyObject; readonly kid: string | undefined } {
  try {
    if (!secret.trimStart().startsWith('{')) return { key: createPrivateKey(secret), kid: undefined }
    const jwk = JSON.parse(secret) as Record<string, unknown>
    return { key: createPrivateKey({ key: jwk, format: 'jwk' }), kid: typeof jwk.kid === 'string' ? jwk.kid : undefined }
  } catch (cause) {
    throw unusable(cause)
  }
}

const curves: Readonly<Record<string, readonly [alg: string, hash: string]>> = {
  prime256v1: ['ES256', 'sha256'],
  secp384r1: ['ES384', 'sha384'],
  secp521r1: ['ES512', 'sha512'],
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): { readonly alg: string; readonly hash: string | null } {
  if (asymmetricKeyType === 'rsa') return { alg: 'RS256', hash: 'sha256' }
  if (asymmetricKeyType === 'ed25519') return { alg: 'EdDSA', hash: null }
  const [alg, hash] = curves[asymmetricKeyDetails?.namedCurve ?? ''] ?? []
  if (alg === undefined || hash === undefined) throw unusable(undefined)
  return { alg, hash }
}

const unusable = (cause: unknown) =>
  new GatewayError(
    'secret.unresolved',
    'oauth_client_secret: the private key cannot be used; give an RSA, EC (P-256, P-384, P-521) or Ed25519 key as PEM or JWK.',
    { cause },
  )
