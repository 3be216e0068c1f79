import { zodResolver } from '@hookform/resolvers/zod'
import { useState } from 'react'
import { useForm, type Path, type UseFormReturn } from 'react-hook-form'
import { canonicalJson } from '../../../shared/canonical-json'
import type { ServerDraft, ServerPatch, ServerView } from '../../../shared/records'
import { api, GatewayProblem, messageOf, read } from '../../gateway'
import { refresh, useLive } from '../../store'
import { toast } from '../../ui/toast'
import { draftOf, fieldFlaws, formOf, patchOf, ServerForm } from './draft'
import { freeName } from './names'
import { useDraftTest, type DraftTest } from './use-draft-test'

/** The form of one server, and what comes of it. */
export interface ServerFormState {
  readonly fields: UseFormReturn<ServerForm>
  readonly busy: boolean
  /** Why it was not saved, where no field can say it. */
  readonly error: string | undefined
  readonly test: DraftTest
  /** Names that other servers have. */
  readonly taken: readonly string[]
  save(): void
  /** Whether anything is other than it was at first. */
  isChanged(): boolean
}

interface Parts {
  readonly edited: ServerView | undefined
  readonly draft: ServerDraft | undefined
  onSaved(id: string): void
}

export function useServerForm({ edited, draft, onSaved }: Parts): ServerFormState {
  const taken = (useLive('servers').data ?? []).flatMap(({ id, name }) => (id === edited?.id ? [] : [name]))
  const first = edited ?? (draft ? { ...draft, name: freeName(draft.name, taken) } : {})
  const fields = useForm<ServerForm>({ resolver: zodResolver(ServerForm), defaultValues: formOf(first), mode: 'onTouched' })
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const send = async (form: ServerForm) => {
    setBusy(true)
    setError(undefined)
    try {
      const saved = await (edited ? change(edited, patchOf(form, edited)) : add(form, draft))
      await refresh('servers')
      onSaved(saved)
    } catch (thrown) {
      if (!showAtFields(fields, thrown, form)) setError(messageOf(thrown))
    } finally {
      setBusy(false)
    }
  }
  const isChanged = () => canonicalJson(fields.getValues()) !== canonicalJson(fields.formState.defaultValues)
  return { fields, busy, error, test: useDraftTest(fields), taken, isChanged, save: () => void fields.handleSubmit(send)() }
}

/** What the form has no fields for comes from the draft that it began with. */
async function add(form: ServerForm, draft: Partial<ServerDraft> = {}): Promise<string> {
  const { url, command, args, env, cwd, static_headers, ...rest } = draft
  const made = await read(api.admin.servers.$post({ json: { ...rest, ...draftOf(form) } }))
  toast(`${made.name} added`)
  return made.id
}

async function change(server: ServerView, patch: ServerPatch): Promise<string> {
  if (Object.keys(patch).length === 0) return server.id
  const put = (json: ServerPatch) => read(api.admin.servers[':id'].$patch({ param: { id: server.id }, json }))
  await put(patch)
  const undo = patchOf(formOf(server), { ...server, ...patch } as ServerView)
  toast(`${server.name} changed`, { run: () => void put(undo).catch((thrown: unknown) => toast(messageOf(thrown))) })
  return server.id
}

/** @returns whether fields show what is wrong; the first of them has the focus then */
function showAtFields(fields: UseFormReturn<ServerForm>, thrown: unknown, form: ServerForm): boolean {
  if (!(thrown instanceof GatewayProblem)) return false
  const isName = thrown.code === 'server.name_taken'
  const flaws = isName ? [{ path: 'name', message: thrown.message }] : fieldFlaws(thrown.details, form)
  flaws.forEach(({ path, message }, index) => fields.setError(path as Path<ServerForm>, { message }, { shouldFocus: index === 0 }))
  return flaws.length > 0
}
