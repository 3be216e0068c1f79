import { useRef, useState } from 'react'
import type { UseFormReturn } from 'react-hook-form'
import type { DraftTest as Outcome } from '../../../shared/draft-test'
import { api, messageOf, read } from '../../gateway'
import { draftOf, type ServerForm } from './draft'

/** How a trial of the settings went. `at` is when it began (milliseconds since 1970). */
export type TestState =
  | { readonly kind: 'none' }
  | { readonly kind: 'running'; readonly at: number }
  | { readonly kind: 'over'; readonly outcome: Outcome }
  /** It could not even be tried. */
  | { readonly kind: 'refused'; readonly error: string }

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
    const came = await ask(form)
    if (number === latest.current) setState(came)
  }
  return { state, cancel, run: () => void fields.handleSubmit(start)() }
}

async function ask(form: ServerForm): Promise<TestState> {
  try {
    return { kind: 'over', outcome: await read(api.admin.servers['test-draft'].$post({ json: draftOf(form) })) }
  } catch (thrown) {
    return { kind: 'refused', error: messageOf(thrown) }
  }
}
