import { useEffect, useRef, useState } from 'react'
import { api, messageOf, read } from '../../gateway'
import type { Arguments } from './check-arguments'

/** What a tool answered. A refusal is an answer too, with `is_error`. */
export interface Answer {
  readonly is_error: boolean
  readonly content: readonly unknown[]
  readonly structured_content?: unknown
}

/** One trial after the other. */
export interface Run {
  readonly running: boolean
  readonly answer: Answer | undefined
  /** From the click to the answer, milliseconds; a person's time included. */
  readonly tookMs: number | undefined
  /** The request itself failed. */
  readonly error: string | undefined
  start(args: Arguments, group: string | null): void
  /** Waits no longer; what it may have done is done. */
  stop(): void
}

type State = Pick<Run, 'running' | 'answer' | 'tookMs' | 'error'>
const idle: State = { running: false, answer: undefined, tookMs: undefined, error: undefined }

export function useRun(name: string): Run {
  const [state, setState] = useState<State>(idle)
  const turn = useRef(0)
  useEffect(() => () => void turn.current++, [])
  const start = (args: Arguments, group: string | null) => {
    const mine = ++turn.current
    const startedAt = performance.now()
    setState({ ...idle, running: true })
    const tell = (end: Partial<State>) => mine === turn.current && setState({ ...idle, tookMs: performance.now() - startedAt, ...end })
    read(api.tools[':name'].call.$post({ param: { name }, json: { arguments: { ...args }, group } })).then(
      (answer) => tell({ answer }),
      (thrown: unknown) => tell({ error: messageOf(thrown) }),
    )
  }
  const stop = () => {
    turn.current++
    setState({ ...idle, error: 'You stopped waiting. A call that had reached the server may still have had its effect.' })
  }
  return { ...state, start, stop }
}
