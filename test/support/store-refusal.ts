import { GatewayError } from '../../src/shared/errors'

const textOf = (error: unknown): string =>
  error instanceof GatewayError ? `${error.code}: ${error.message}` : `not a GatewayError: ${String(error)}`

/** `code: message` of the GatewayError that it throws; empty when it does not throw. */
export function refusalOf(act: () => unknown): string {
  try {
    act()
    return ''
  } catch (error) {
    return textOf(error)
  }
}

/** The same of a promise. */
export const rejectionOf = async (promise: Promise<unknown>): Promise<string> => promise.then(() => '', textOf)
