import { useRef, useState } from 'react'
import type { UseFormReturn } from 'react-hook-form'
import { api, messageOf, read } from '../../gateway'
import { draftOf, type ServerForm } from './draft'

/** How a trial of the settings went. `at` is when it began (milliseconds since 1970). */
export type TestState =
  | { readonly kind: 'none' }
  | { readonly kind: 'running'; readonly at: number }
  | { readonly kind: 'ok'; readonly ms: number; readonly toolCount: number }
  | { readonly kind: 'failed'; readonly error: string }

/** Connects with what the form says, without saving it. */
export interface DraftTest {
  readonly state: TestState
  run(): void
  /** Stops waiting; what was begun ends by itself. */
  cancel(): void
}

export function useDraftTest(fields: UseFormReturn<ServerForm>): DraftTest {
  const [state, setState] = useState<TestState>({ kind: 'none' })
  const latest = useRef(0)
  const cancel = () => {
    latest.current += 1
    setState({ kind: 'none' })
  }
  const start = async (form: ServerForm) => {
    const at = Date.now()
    const number = ++latest.current
    setState({ kind: 'running', at })
    const came = await ask(form, at)
    if (number === latest.current) setState(came)
  }
  return { state, cancel, run: () => void fields.handleSubmit(start)() }
}

async function ask(form: ServerForm, at: number): Promise<TestState> {
  try {
    const answer = await read(api.admin.servers['test-draft'].$post({ json: draftOf(form) }))
    return answer.ok ? { kind: 'ok', ms: Date.now() - at, toolCount: answer.tool_count } : { kind: 'failed', error: answer.error }
  } catch (thrown) {
    return { kind: 'failed', error: messageOf(thrown) }
  }
}
