/** Whether an answer refuses the credential rather than the request: 401, or 403 because its scope is too small (RFC 6750, section 3.1). */
export const isUnauthorized = (status: number, challenge: string | undefined): boolean =>
  status === 401 || (status === 403 && /\berror\s*=\s*"?insufficient_scope\b/i.test(challenge ?? ''))
