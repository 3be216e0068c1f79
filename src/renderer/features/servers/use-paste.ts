import { useEffect, useRef, useState } from 'react'
import type { ImportSource } from '../../../shared/agents'
import { api, messageOf, read } from '../../gateway'
import { formOf } from './draft'
import { freeName } from './names'
import { pastedWord, readPasted, type Pasted } from './pasted'
import type { ServerFormState } from './use-server-form'

/** What was pasted, and what it was recognised as. */
export interface Paste {
  readonly text: string
  /** `Streamable HTTP`, `Command`; null while nothing is recognised. */
  readonly word: string | null
  readonly error: string | undefined
  /** What is to be picked from, where one form cannot hold it. */
  readonly sources: readonly ImportSource[] | undefined
  take(text: string): void
}

/** Milliseconds without a key after which the gateway is asked to read the text. */
const pauseMs = 250

interface Reading {
  readonly word: string | null
  readonly error?: string
  readonly sources?: readonly [ImportSource]
}

/** A URL or command fills the form at once; anything else is read by the gateway, which fills the form or gives a list to pick from. */
export function usePaste(form: ServerFormState): Paste {
  const [text, setText] = useState('')
  const [reading, setReading] = useState<Reading>({ word: null })
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const latest = useRef('')
  useEffect(() => () => clearTimeout(timer.current), [])
  const fill = (draft: Parameters<typeof formOf>[0]) => {
    form.test.cancel()
    form.fields.reset({ ...formOf(draft), name: freeName(draft.name ?? '', form.taken) })
  }
  const ask = async (asked: string) => {
    const answer = await readByGateway(asked)
    if (latest.current !== asked) return
    const only = onlyDraft(answer.sources?.[0])
    if (only) fill(only)
    setReading(only ? { word: only.command ? 'Command' : 'Recognised' } : answer)
  }
  const take = (given: string) => {
    clearTimeout(timer.current)
    latest.current = given
    setText(given)
    const pasted = readPasted(given)
    if (pasted.kind === 'url' || pasted.kind === 'command') fill(draftOfPasted(pasted))
    setReading({ word: pastedWord(pasted) })
    if (pasted.kind === 'text') timer.current = setTimeout(() => void ask(given), pauseMs)
  }
  const { word, error, sources } = reading
  return { text, word, error, take, sources }
}

const draftOfPasted = (pasted: Extract<Pasted, { kind: 'url' | 'command' }>): Parameters<typeof formOf>[0] =>
  pasted.kind === 'url'
    ? { name: pasted.name, transport: pasted.transport, url: pasted.url }
    : { name: pasted.name, transport: 'stdio', command: pasted.command, args: [...pasted.args], env: { ...pasted.env } }

async function readByGateway(text: string): Promise<Reading> {
  try {
    const source = await read(api.agents.import.parse.$post({ json: { text } }))
    if (source.error !== null) return { word: null, error: source.error }
    return source.candidates.length === 0 ? { word: null, error: 'No server was found in this.' } : { word: null, sources: [source] }
  } catch (thrown) {
    return { word: null, error: messageOf(thrown) }
  }
}

/** The one server that a form can hold: whose secrets are references already. Others are imported, which moves their secrets. */
function onlyDraft(source: ImportSource | undefined) {
  const [only, ...more] = source?.candidates ?? []
  return only && more.length === 0 && only.problem === null && only.secrets.length === 0 ? only.draft : null
}
