import * as z from 'zod'

/** Name of a secret, as in `${keychain:NAME}`. */
export const secretName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'letters, digits, ".", "_" and "-" only, beginning with a letter or digit')
  .max(128)

/** Where secrets are kept and whether that place answers. `detail` says what to do where it does not. */
export const VaultStatus = z.object({
  kind: z.enum(['keychain', 'file', 'memory', 'none']),
  state: z.enum(['ready', 'locked', 'unavailable']),
  detail: z.string().nullable(),
})
export type VaultStatus = z.infer<typeof VaultStatus>

/** A secret without its value, which never leaves the vault again. */
export const SecretView = z.object({
  name: secretName,
  updated_at: z.iso.datetime().nullable(),
  /** Names of the servers whose settings refer to it. */
  used_by: z.array(z.string()),
})
export type SecretView = z.infer<typeof SecretView>
export const SecretList = z.object({ vault: VaultStatus, secrets: z.array(SecretView) })
export type SecretList = z.infer<typeof SecretList>
/** The only time that a value is given. */
export const SecretDraft = z.strictObject({
  value: z
    .string()
    .min(1)
    .max(65_536)
    .refine((value) => !/[\0\p{Cs}]/u.test(value), 'must be text without NUL'),
})
export type SecretDraft = z.infer<typeof SecretDraft>
