import { useEffect, useRef, useState } from 'react'
import type { Approval } from '../../../shared/records'
import { door } from '../../door'
import { api, messageOf, read } from '../../gateway'
import { useLive } from '../../store'

/** The demo server's tool that asks, and the one that makes what it deletes. */
const [asking, making] = ['delete_note', 'add_note']

/** One harmless call that asks, from its beginning to its answer. */
export interface Demo {
  /** `missing`: the demo server is not there (any more). */
  readonly phase: 'missing' | 'idle' | 'asking' | 'answered' | 'failed'
  /** The question, once it is asked, and how it was decided. */
  readonly approval: Approval | undefined
  /** What the agent reads. */
  readonly answer: string | undefined
  readonly refused: boolean
  /** From the decision to the answer, milliseconds. */
  readonly tookMs: number | undefined
  readonly error: string | undefined
  start(): void
}

type State = Pick<Demo, 'approval' | 'answer' | 'refused' | 'tookMs' | 'error'> & { readonly running: boolean }
const untouched: State = { running: false, approval: undefined, answer: undefined, refused: false, tookMs: undefined, error: undefined }

export function useDemo(): Demo {
  const [state, setState] = useState<State>(untouched)
  const names = useNames()
  const decidedAt = useRef(0)
  useQuestion(state.running, (approval) => {
    decidedAt.current = performance.now()
    setState((known) => ({ ...known, approval }))
    if (approval.status === 'pending') showQuestion(approval.id)
  })
  const start = () => {
    if (!names) return
    setState({ ...untouched, running: true })
    run(names).then(
      ({ is_error, text }) => {
        const tookMs = performance.now() - decidedAt.current
        setState((known) => ({ ...known, running: false, answer: text, refused: is_error, tookMs }))
      },
      (thrown: unknown) => setState({ ...untouched, error: messageOf(thrown) }),
    )
  }
  return { ...state, phase: phaseOf(state, names !== undefined), start }
}

function phaseOf({ running, answer, error }: State, isThere: boolean): Demo['phase'] {
  if (running) return 'asking'
  if (answer !== undefined) return 'answered'
  if (error !== undefined) return 'failed'
  return isThere ? 'idle' : 'missing'
}

interface Names {
  readonly asking: string
  readonly making: string
}

/** The tools as they are exposed; undefined where the demo server is gone. */
function useNames(): Names | undefined {
  const tools = useLive('catalog').data?.tools ?? []
  const exposed = (name: string) => tools.find(({ server, bare_name }) => server === 'demo' && bare_name === name)?.name
  const [ask, make] = [exposed(asking), exposed(making)]
  return ask === undefined || make === undefined ? undefined : { asking: ask, making: make }
}

const call = (name: string, args: Record<string, unknown>) =>
  read(api.tools[':name'].call.$post({ param: { name }, json: { arguments: args } }))

/** Makes a note and deletes it; the deletion is what asks. */
async function run(names: Names): Promise<{ readonly is_error: boolean; readonly text: string }> {
  const made = await call(names.making, { text: 'A note that was made to be deleted.' })
  const { id } = made.structured_content as { readonly id: number }
  const { is_error, content } = await call(names.asking, { id })
  const [block] = content as readonly { readonly text?: string }[]
  return { is_error, text: block?.text ?? '' }
}

/** The question of this demo, from when it is asked until it is decided. */
function useQuestion(running: boolean, tell: (approval: Approval) => void): void {
  const latest = useRef(tell)
  latest.current = tell
  useEffect(() => {
    if (!running) return undefined
    return door.onEvent((event) => {
      if (event.event !== 'approval.created' && event.event !== 'approval.closed') return
      const { approval } = event.data
      if (approval.server === 'demo' && approval.tool === asking) latest.current(approval)
    })
  }, [running])
}

/** In the app its own window; in a browser the question stands on this page. */
function showQuestion(id: string): void {
  // Where the window cannot be opened, the notification and the tray still lead to it.
  if (door.kind === 'app') api.desktop['approval-window'].$post({ json: { id } }).catch(() => undefined)
}
