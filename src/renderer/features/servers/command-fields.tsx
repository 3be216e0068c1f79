import { useWatch } from 'react-hook-form'
import { Field, TextArea } from '../../ui/field'
import { diffLines } from './command-diff'
import { shellWord, wordsOf } from './command-line'
import { CommandLines } from './command-lines'
import type { ServerFormState } from './use-server-form'

/** The command as one line, and below it what the program will be given, word by word. */
export function CommandFields({ form }: { readonly form: ServerFormState }) {
  const { control, register, formState } = form.fields
  const line = useWatch({ control, name: 'command_line' })
  const { words, flaw } = wordsOf(line)
  const odd = shellWord(words)
  return (
    <>
      <Field label="Command" hint="as in a terminal, but no shell reads it" className="mt-3" error={formState.errors.command_line?.message}>
        {(ties) => (
          <TextArea
            {...ties}
            mono
            rows={1}
            className="field-sizing-content max-h-24"
            placeholder="npx -y @modelcontextprotocol/server-filesystem /home/me/notes"
            {...register('command_line')}
          />
        )}
      </Field>
      {flaw === null && words.length > 1 && (
        <div className="mt-2">
          <CommandLines lines={diffLines(words, words)} />
        </div>
      )}
      {odd !== undefined && (
        <p className="small mt-1 text-wait-text" role="status">
          <code>{odd}</code> goes to the program as it stands: no shell puts a folder or a variable in its place. Write it out.
        </p>
      )}
    </>
  )
}
