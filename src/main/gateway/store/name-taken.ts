import { GatewayError, type ErrorCode } from '../../../shared/errors'

/** What both stores answer when a name is another row's. `kind` in the plural. */
export const nameTaken = (code: ErrorCode, kind: string): GatewayError =>
  new GatewayError(code, `This name is taken: names of ${kind} differ by more than upper and lower case. Choose another.`)
