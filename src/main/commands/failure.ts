/** 1: it failed. 2: the command was used wrongly. 130: a person ended it with Ctrl-C. */
export type ExitCode = 1 | 2 | 130

/** Why a command ends without success, said for the person at the terminal: what happened and what to do next. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly exitCode: ExitCode = 1,
    readonly details?: unknown,
  ) {
    super(message)
    this.name = 'Failure'
  }
}

/** The command line itself is wrong; the command's help is pointed at. */
export const misuse = (message: string): Failure => new Failure(message, 'usage', 2)
